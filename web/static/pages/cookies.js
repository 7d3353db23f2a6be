// A chair is kept in a cookie, so a browser without cookies is told before the form is sent.
document.getElementById("no-cookies").hidden = navigator.cookieEnabled;
