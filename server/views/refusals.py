"""The sentences of refusals, made for one person from the codes and facts of the core.

A name or another text among the facts is isolated, since a refusal is plain text.
"""

from collections.abc import Callable

from server.room.formats.validation import Fault, InvalidFormat
from server.room.refused import PRESENTER, STAND_IN, Fact, Reason, Refused, Sent
from server.room.state import DEBRIEF, ENDED, WAITING, Role
from server.room.typed import isolated
from server.views.language import N_

Gettext = Callable[[str], str]


def sentence(refused: Refused, gettext: Gettext = str) -> str:
    """What a person reads about this refusal."""
    if isinstance(refused, InvalidFormat):
        return fault_sentence(refused.faults[0], gettext)
    because = _worded(refused.reason, gettext)
    return because if refused.sent is None else _prefixed(refused.sent, because, gettext)


def fault_sentence(fault: Fault, gettext: Gettext = str) -> str:
    """What a person reads about this fault of a format."""
    why = _worded(fault.reason, gettext)
    if not fault.is_prefixed:
        return why
    if fault.phase is None:
        return gettext(N_("The format: {fault}")).format(fault=why)
    number = fault.phase + 1
    if not fault.title:
        return gettext(N_("Phase {number}: {fault}")).format(number=number, fault=why)
    text = gettext(N_("Phase {number} (“{title}”): {fault}"))
    return text.format(number=number, title=isolated(fault.title), fault=why)


def _worded(reason: Reason, gettext: Gettext) -> str:
    facts = {name: _fact(fact, gettext) for name, fact in reason.facts.items()}
    return gettext(SENTENCES[reason.id]).format(**facts)


def _prefixed(sent: Sent, because: str, gettext: Gettext) -> str:
    """The sentence after the name of the command, who sent it, and when."""
    words = {"command": gettext(COMMANDS[sent.do]), "because": because}
    if not sent.by:
        return gettext(N_("{command}: {because}")).format(**words)
    words["sender"] = gettext(SENDERS[sent.by])
    if sent.phase:
        return gettext(IN_PHASE).format(phase=isolated(sent.phase), **words)
    return gettext(AT_MOMENT.get(sent.moment, AT_MOMENT[ENDED])).format(**words)


def _fact(fact: Fact, gettext: Gettext) -> Fact:
    if isinstance(fact, Role):
        return gettext(ROLES[fact])
    return isolated(fact) if isinstance(fact, str) else fact


IN_PHASE = N_("{command}, asked by {sender} in {phase}: {because}")
AT_MOMENT = {
    "": N_("{command}, asked by {sender}: {because}"),
    WAITING: N_("{command}, asked by {sender} before the start: {because}"),
    DEBRIEF: N_("{command}, asked by {sender} in the debrief: {because}"),
    ENDED: N_("{command}, asked by {sender} after the end: {because}"),
}
ROLES: dict[str, str] = {
    Role.FACILITATOR: N_("a facilitator"),
    Role.MEMBER: N_("a member"),
    Role.OBSERVER: N_("an observer"),
    Role.GUEST: N_("somebody in the lobby"),
}
SENDERS = {
    **ROLES,
    PRESENTER: N_("the presenter"),
    STAND_IN: N_("the member who holds the room"),
}

COMMANDS = {
    "start": N_("Start session"),
    "advance": N_("Next phase"),
    "back": N_("Previous phase"),
    "go": N_("Go to a phase"),
    "pause": N_("Pause"),
    "resume": N_("Resume"),
    "extend": N_("Move the clock"),
    "end": N_("End session"),
    "debrief": N_("Stay for a debrief"),
    "prompt": N_("Prompt"),
    "one_voice": N_("One voice at a time"),
    "silence": N_("Hold a silence"),
    "seat_presenter": N_("Seat the presenter"),
    "present": N_("Present"),
    "give_floor": N_("Give the floor"),
    "clear_floor": N_("Clear the floor"),
    "recall": N_("Bring the presenter back"),
    "make_facilitator": N_("Make a facilitator"),
    "make_member": N_("Make a member"),
    "make_observer": N_("Make an observer"),
    "outer_circle": N_("Outer circle"),
    "admit": N_("Admit"),
    "decline": N_("Decline"),
    "remove": N_("Remove"),
    "lobby": N_("Lobby"),
    "door": N_("The door"),
    "lock": N_("Lock the room"),
    "renew_links": N_("Renew the links"),
    "whisper": N_("A word between you"),
    "keep_time": N_("Keep the time"),
    "go_on": N_("Go on without"),
    "hold_room": N_("Hold the room"),
    "invite": N_("Invite to speak"),
    "not_now": N_("Not now"),
    "offer_case": N_("Offer a case"),
    "withdraw_case": N_("Withdraw the case"),
    "raise_hand": N_("Raise hand"),
    "lower_hand": N_("Lower hand"),
    "yield": N_("Yield"),
    "pass": N_("Pass"),
    "ask_return": N_("I need to come back"),
    "sound": N_("Sound in this page"),
    "mute": N_("Mute"),
    "mute_all": N_("Mute all"),
    "unmute": N_("Unmute"),
    "camera": N_("Camera"),
    "pictures": N_("Pictures for all"),
    "line": N_("My line"),
    "talk_elsewhere": N_("We talk elsewhere"),
}
"""The names of commands, by their `do`."""

SENTENCES = {
    # Who may, and when
    "for_facilitators": N_("this is for facilitators."),
    "for_members": N_("this is for members."),
    "for_facilitators_and_members": N_("this is for facilitators and members."),
    "lasts_beyond_session": N_("what lasts beyond this session is for facilitators."),
    "let_in_first": N_("a facilitator lets you in first."),
    "no_seat": N_("you have no seat in this room any more."),
    "not_started": N_("the session has not started yet."),
    "has_begun": N_("the session has started."),
    "in_debrief": N_("the session is over; the facilitators are among themselves."),
    "has_ended": N_("the session has ended."),
    "already_so": N_("it is so already."),
    "not_in_room": N_("that person is not in the room any more."),
    # Phases, and their clock
    "no_such_phase": N_("this format has no such phase."),
    "first_phase": N_("this is the first phase."),
    "last_phase": N_("this is the last phase; “End session” ends it."),
    "in_that_phase": N_("the session is in that phase."),
    "has_started": N_("it has started."),
    "moved_on": N_("the session has moved on meanwhile."),
    "prompt_too_long": N_("a prompt has at most {most} characters."),
    "on_stage_already": N_("it stands on the stage so already."),
    "no_clock": N_("no clock is running."),
    "clock_paused_already": N_("the clock is paused already."),
    "clock_runs_already": N_("the clock runs already."),
    "somebody_waited_for": N_("we wait for somebody; go on without them first."),
    "no_seconds": N_("by how much? No seconds were named."),
    "clock_moved": N_("the clock was moved by somebody else meanwhile."),
    "clock_moves_too_far": N_("the clock moves by at most an hour at a time."),
    "no_time_left": N_("no time is left to take off."),
    "nothing_due": N_("nothing has fallen due."),
    # The case, and sitting back
    "nobody_presents": N_("nobody presents."),
    "somebody_presents": N_("somebody presents already."),
    "presents_already": N_("{name} presents already."),
    "presents_now": N_("{name} presents; seat another presenter first."),
    "asked_already": N_("{name} has been asked already."),
    "not_asked_to_present": N_("nobody has asked you to present."),
    "members_present": N_("a member presents; {name} is {role}."),
    "sits_outside": N_("{name} sits in the outer circle; ask them in first."),
    "offer_seen": N_("the facilitators have seen your offer."),
    "no_case_offered": N_("you have not offered a case."),
    "nobody_sits_back": N_("nobody is sitting back."),
    "nobody_brought_back": N_("nobody was brought back in."),
    "not_sitting_back": N_("you are not sitting back."),
    "sign_seen": N_("the facilitators have seen your sign."),
    # The floor, hands and silence
    "holds_floor_already": N_("{name} holds the floor already."),
    "is_away": N_("{name} is away."),
    "may_not_be_heard": N_("{name} may not be heard in this phase."),
    "nobody_holds_floor": N_("nobody holds the floor."),
    "floor_not_yours": N_("you do not hold the floor."),
    "floor_yours_already": N_("you hold the floor already."),
    "no_round": N_("there is no round to pass in."),
    "not_your_turn": N_("it is not your turn yet."),
    "hand_up_already": N_("your hand is up already."),
    "hand_not_up": N_("your hand is not up."),
    "you_sit_back": N_("you are sitting back and listening."),
    "outer_circle_later": N_("the outer circle is asked in later."),
    "outer_circle_heard": N_("the outer circle is heard in this phase."),
    "presenter_tells": N_("the presenter tells without interruption."),
    "one_voice_anyway": N_("only one person speaks at a time in this phase anyway."),
    "silence_too_long": N_("a silence is held for at most {minutes} minutes."),
    "silence_held": N_("a silence is held; end it first."),
    "silence_held_already": N_("a silence is held already."),
    "no_silence": N_("no silence is held."),
    # Seats, roles and circles
    "has_role_already": N_("{name} is {role} already."),
    "has_role_by_now": N_("{name} is {role} by now."),
    "last_facilitator": N_("a room needs a facilitator; name another one first."),
    "nobody_else_leads": N_("nobody else leads this circle; name a facilitator first."),
    "observers_full": N_("{most} people observe already, as many as fit."),
    "chairs_taken": N_("All {chairs} chairs of this circle are taken."),
    "both_circles_full": N_("Both circles are full: {most} people sit in the outer one."),
    "one_circle": N_("this format has one circle."),
    "members_sit_in_circles": N_("members sit in one of the two circles."),
    "presenter_sits_inside": N_("{name} presents, and so sits in the inner circle."),
    "sits_already": N_("this person sits here already."),
    "nobody_came_or_left": N_("everybody is where they were."),
    "nobody_to_forget": N_("none of these people is in the room."),
    # The door
    "just_ended": N_("This session has just ended. Please come back in a minute."),
    "old_link": N_(
        "This invitation is not valid any more. Please ask your facilitator for a new link."
    ),
    "room_locked": N_("The room is locked: nobody new comes in for now."),
    "lobby_full": N_("{most} people wait already, as many as fit."),
    "waits_already": N_("this person waits already."),
    "not_at_door": N_("that person does not wait at the door any more."),
    "nobody_at_door": N_("nobody is at the door."),
    "nobody_named": N_("your page did not say whom you saw; please press again."),
    "too_many_named": N_("{most} people wait at most."),
    "no_longer_waiting": N_(
        "the people you saw are no longer waiting; please check who is there now."
    ),
    "person_changed": N_(
        "their name or their link has changed meanwhile; please look again, and press again."
    ),
    "admit_by_name": N_("please press “Admit” beside each name."),
    "facilitators_stay": N_("whoever holds the room for a while removes no facilitator."),
    "invitations_for_facilitators": N_("invitations are for facilitators."),
    "links_renewed": N_(
        "the links have been renewed meanwhile; please press again if they should be renewed once"
        " more."
    ),
    # Company
    "whisper_empty": N_("there is nothing to say in it."),
    "whisper_too_long": N_("a word between you has at most {most} characters."),
    "whisper_lost": N_("This did not get through. Please say it again."),
    "no_other_facilitator": N_("there is no other facilitator to hear it."),
    "facilitators_keep_time": N_("a facilitator keeps the time, and {name} is none."),
    "members_are_invited": N_("members are invited to speak."),
    "invited_already": N_("{name} has been invited already."),
    "not_invited": N_("you have not been invited to speak."),
    "cannot_take_floor": N_("{name} cannot take the floor now."),
    "room_is_held": N_("the room is held by somebody."),
    "nobody_waited_for": N_("nobody is waited for."),
    # Sound and picture
    "has_sound_already": N_("this page has the sound already."),
    "facilitators_mute_others": N_("only facilitators mute somebody else."),
    "muted_already": N_("{name} is muted already."),
    "all_muted_already": N_("everybody else is muted already."),
    "microphone_on_already": N_("your microphone is on already."),
    "pictures_off": N_("pictures are off for all."),
    "camera_off_outside": N_("your camera stays off while you sit in the outer circle."),
    "camera_off_sitting_back": N_("your camera stays off while you sit back."),
    "line_known_already": N_("it is known already."),
    "no_call_address": N_("the address of a call begins with https:// and has no blanks."),
    "address_too_long": N_("an address has at most {most} characters."),
    "signal_not_in_room": N_("Signal: that person is not in the room any more."),
    "signal_too_large": N_("This browser sent more than the room passes on."),
    # The server
    "session_over": N_("This session is over."),
    "room_paused": N_("The room is paused for a moment. Please try again."),
    "too_much_at_once": N_("Too much happens at once. Please try again."),
    "very_fast": N_("That was very fast. Please wait a moment."),
    # Forms
    "wrong_start_key": N_("The start key is not right; whoever runs this server has it."),
    "agree_first": N_("Please agree to the ground rules first."),
    "your_name_empty": N_("Your name is empty: 1 to {most} characters, please."),
    "your_name_too_long": N_("Your name has {length} characters: 1 to {most}, please."),
    "circle_name_empty": N_("The circle's name is empty: 1 to {most} characters, please."),
    "circle_name_too_long": N_("The circle's name has {length} characters: 1 to {most}, please."),
    "unknown_format": N_("The format must be one of {formats}."),
    # A format as a file
    "file_too_large": N_("A format's file has at most {most} KiB."),
    "file_too_slow": N_("This file takes too long to read."),
    "file_too_deep": N_("This is no format's file: its tables are too many, or too deep."),
    "no_toml": N_("This is no TOML: {error}."),
    "unreadable_toml": N_("This is no TOML: it cannot be read."),
    "no_phases": N_("The phases stand in tables that begin with [[phases]]."),
    "key_unusable": N_(
        "key must be of small letters, digits and hyphens, and no word of the room's own."
    ),
    "key_taken": N_("key is another phase's already."),
    "unknown_field": N_("the field “{field}” is not known; known are {known}."),
    "field_missing": N_("{field} is missing."),
    "must_be_text": N_("{field} must be a text."),
    "must_be_true_or_false": N_("{field} must be true or false."),
    "must_be_whole_number": N_("{field} must be a whole number."),
    "must_be_number": N_("{field} must be a number."),
    "must_be_one_of": N_("{field} must be one of {known}."),
    "must_be_texts": N_("{field} must be a list of texts."),
    # A format in the editor
    "format_title_empty": N_("The format's title: is empty: 1 to {most} characters, please."),
    "format_title_too_long": N_("The format's title: {length} characters, 1 to {most} please."),
    "chairs_no_number": N_("Chairs must be a whole number."),
    "chairs_out_of_bounds": N_("Chairs must be {least} to {most}, not {chairs}."),
    "phases_out_of_bounds": N_("A format has 1 to {most} phases, not {phases}."),
    "format_too_long": N_("A format has at most {most} minutes in all, not {minutes:g}."),
    "texts_too_long": N_(
        "All texts together have {characters:,} characters: at most {most:,}, please."
    ),
    "two_circles_are_led": N_("With two circles somebody has to lead, to ask the outer one in."),
    "phase_title_empty": N_("the title: is empty: 1 to {most} characters, please."),
    "phase_title_too_long": N_("the title: {length} characters, 1 to {most} please."),
    "short_title_empty": N_("the short title: is empty: 1 to {most} characters, please."),
    "short_title_too_long": N_("the short title: {length} characters, 1 to {most} please."),
    "purpose_too_long": N_("purpose: {length} characters, 0 to {most} please."),
    "guidance_too_long": N_("guidance: {length} characters, 0 to {most} please."),
    "watch_too_long": N_("watch: {length} characters, 0 to {most} please."),
    "too_many_prompts": N_("at most {most} prompts, not {prompts}."),
    "phase_prompt_too_long": N_("the prompt “{begins}…”: {length} characters, 1 to {most} please."),
    "minutes_no_number": N_("minutes must be a number."),
    "minutes_out_of_bounds": N_(
        "minutes must be {least} to {most}, not {minutes:g}; else it has no end."
    ),
    "cap_no_number": N_("turns for each person must be a whole number."),
    "cap_out_of_bounds": N_("turns for each person must be 0 to {most}, not {cap}."),
    "turns_unknown": N_("how turns are taken is not known."),
    "floor_while_sitting_back": N_("the presenter cannot hold the floor while they sit back."),
    "round_of_presenter_alone": N_("there is no round where the presenter alone is heard."),
    "hands_of_presenter_alone": N_("nobody may raise a hand where the presenter alone is heard."),
    "heard_unknown": N_("who may be heard is not known."),
    "heard_cannot_sit_back": N_("the presenter cannot sit back while they are heard."),
    "outer_circle_sits_back": N_("while the outer circle is heard the presenter sits back."),
    "nobody_can_be_heard": N_(
        "nobody can be heard: the presenter is, and nobody presents yet. Put a phase before it in"
        " which the group finds one, or let the next person present in it."
    ),
}
"""By the id of the reason."""
