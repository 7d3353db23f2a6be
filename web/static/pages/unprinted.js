// A printed page bears its address, and the token of this one lets people in, or answers for somebody.
let address = "";
addEventListener("beforeprint", () => {
  address = location.href;
  history.replaceState(null, "", location.pathname);
});
addEventListener("afterprint", () => history.replaceState(null, "", address));
