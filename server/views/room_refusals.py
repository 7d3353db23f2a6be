"""The sentences of refusals in a room and at its door, by the ids of their reasons.

Each is read alone, in the region *Notice*.
"""

from server.views.language import N_

SENTENCES = {
    # Who may, and when
    "for_facilitators": N_("Only facilitators can do this."),
    "for_members": N_("Only members can do this."),
    "for_facilitators_and_members": N_("Only facilitators and members can do this."),
    "lasts_beyond_session": N_("Only a facilitator can change what lasts beyond this session."),
    "let_in_first": N_("Please wait until a facilitator lets you in."),
    "no_seat": N_("You are no longer in this room."),
    "not_started": N_("The session has not started yet."),
    "has_begun": N_("The session has already started."),
    "in_debrief": N_("The session is over; only the facilitators are still here."),
    "has_ended": N_("The session has ended."),
    "already_so": N_("It is like that already."),
    "not_in_room": N_("That person is no longer in the room."),
    # Phases, and their clock
    "no_such_phase": N_("This format has no such phase."),
    "first_phase": N_("This is the first phase."),
    "last_phase": N_("This is the last phase. “End session” ends it."),
    "in_that_phase": N_("The session is already in that phase."),
    "moved_on": N_("The session has already moved on."),
    "prompt_too_long": N_("Please keep the prompt to {most} characters."),
    "prompt_empty": N_("Write a sentence first."),
    "on_stage_already": N_("That sentence is already on the stage."),
    "no_clock": N_("No clock is running."),
    "clock_paused_already": N_("The clock is already paused."),
    "clock_runs_already": N_("The clock is already running."),
    "somebody_waited_for": N_("We are waiting for somebody. Go on without them first."),
    "no_seconds": N_("Please say how much time to add or take off."),
    "clock_moved": N_("Somebody else has just moved the clock."),
    "clock_moves_too_far": N_("The clock can move by up to an hour at a time."),
    "no_time_left": N_("There is no time left to take off."),
    "nothing_due": N_("Nothing is due."),
    # The case, and sitting back
    "nobody_presents": N_("Nobody is presenting at the moment."),
    "somebody_presents": N_("Somebody is already presenting."),
    "presents_already": N_("{name} is already presenting."),
    "presents_now": N_("{name} is presenting. Choose another presenter first."),
    "asked_already": N_("{name} has already been asked."),
    "not_asked_to_present": N_("Nobody is asking you to present at the moment."),
    "no_case_in_format": N_("This session has no case."),
    "members_present": N_("Only members can present, and {name} is {role}."),
    "sits_outside": N_("{name} sits in the outer circle. Ask them into the inner circle first."),
    "offer_seen": N_("The facilitators already know about your case."),
    "no_case_offered": N_("You have not offered a case."),
    "nobody_sits_back": N_("Nobody is sitting back."),
    "nobody_brought_back": N_("Nobody has been brought back in."),
    "not_sitting_back": N_("You are not sitting back."),
    "sign_given": N_("Your sign is already with the facilitators."),
    "no_sign": N_("You have not given a sign."),
    "nothing_to_see": N_("Somebody has already seen this."),
    # The floor, hands and silence
    "holds_floor_already": N_("{name} already has the floor."),
    "is_away": N_("{name} is away just now."),
    "may_not_be_heard": N_("{name} cannot be heard in this phase."),
    "nobody_holds_floor": N_("Nobody has the floor."),
    "floor_not_yours": N_("You do not have the floor."),
    "floor_yours_already": N_("You already have the floor."),
    "no_round": N_("There is no round just now."),
    "not_your_turn": N_("It is not your turn yet."),
    "hand_up_already": N_("Your hand is already up."),
    "hand_not_up": N_("Your hand is not up."),
    "you_sit_back": N_("You are sitting back and listening."),
    "outer_circle_later": N_("The outer circle is asked in later."),
    "outer_circle_heard": N_("In this phase the outer circle speaks."),
    "presenter_tells": N_("The presenter tells without interruption."),
    "one_voice_anyway": N_("In this phase only one person speaks at a time anyway."),
    "silence_too_long": N_("A silence can last up to {minutes} minutes."),
    "silence_held": N_("We are holding a silence. End it first."),
    "silence_held_already": N_("We are already holding a silence."),
    "no_silence": N_("No silence is being held."),
    # Seats, roles and circles
    "has_role_already": N_("{name} is already {role}."),
    "has_role_by_now": N_("{name} has just become {role}."),
    "last_facilitator": N_("A room needs a facilitator. Make somebody else one first."),
    "nobody_else_leads": N_(
        "Nobody else leads this circle. Make somebody else a facilitator first."
    ),
    "observers_full": N_("All {most} places for observers are taken."),
    "chairs_taken": N_("All {chairs} chairs are taken."),
    "both_circles_full": N_("Both circles are full. {most} people already sit in the outer one."),
    "one_circle": N_("This format has only one circle."),
    "members_sit_in_circles": N_("Only members can sit in the outer circle."),
    "presenter_sits_inside": N_(
        "{name} is presenting, and the presenter sits in the inner circle."
    ),
    "sits_already": N_("This person is already in the room."),
    "nobody_came_or_left": N_("Nobody has come or left."),
    "nobody_to_forget": N_("None of these people are in the room."),
    # The door
    "debrief_goes_on": N_(
        "This session has ended, and the facilitators are still among themselves. Please come back"
        " later."
    ),
    "just_ended": N_("This session has just ended. Please come back in a minute."),
    "old_link": N_(
        "This invitation is not valid any more. Please ask your facilitator for a new link."
    ),
    "room_locked": N_(
        "The room is locked for now, so nobody new can come in. Please try again later."
    ),
    "lobby_full": N_("{most} people are already waiting. Please try again in a few minutes."),
    "waits_already": N_("This person is already waiting."),
    "not_at_door": N_("That person is no longer at the door."),
    "nobody_at_door": N_("Nobody is at the door."),
    "nobody_named": N_("Your page did not say who was at the door. Please press again."),
    "too_many_named": N_("Only {most} people can wait at the door."),
    "no_longer_waiting": N_(
        "The people you saw are no longer at the door. Please check who is there now."
    ),
    "person_changed": N_(
        "A name or a link at the door has just changed. Please look again, then press again."
    ),
    "admit_by_name": N_("Please press “Admit” next to each name."),
    "admit_these_by_name": N_("Please admit this person by their name."),
    "has_own_chair": N_("{name} has a chair of their own here. Please press “Admit”."),
    "chair_is_taken": N_("{name} is here again, and keeps the chair."),
    "facilitators_stay": N_("Only a facilitator can remove a facilitator."),
    "invitations_for_facilitators": N_("Only a facilitator can renew the links."),
    "links_renewed": N_("The links have just been renewed. To renew them once more, press again."),
    # Company
    "whisper_empty": N_("Write something first."),
    "whisper_too_long": N_("Please keep it to {most} characters."),
    "whisper_lost": N_("This did not get through. Please send it again."),
    "no_other_facilitator": N_("There is no other facilitator here to read it."),
    "facilitators_keep_time": N_("Only a facilitator can keep the time, and {name} is not one."),
    "members_are_invited": N_("Only members can be invited to speak."),
    "invited_already": N_("{name} has already been invited."),
    "not_invited": N_("Nobody is inviting you to speak at the moment."),
    "cannot_take_floor": N_("{name} cannot take the floor just now."),
    "room_is_held": N_("Somebody is leading the room again."),
    "nobody_waited_for": N_("We are not waiting for anybody."),
    # Sound and picture
    "has_sound_already": N_("The sound is already in this window."),
    "facilitators_mute_others": N_("Only facilitators can mute somebody else."),
    "not_counted_now": N_("Your voice is not counted just now."),
    "spoke_too_little": N_("That was too short to count."),
    "counted_already": N_("Your voice was counted a moment ago."),
    "muted_already": N_("{name} is already muted."),
    "all_muted_already": N_("Everybody else is already muted."),
    "microphone_on_already": N_("Your microphone is already on."),
    "pictures_off": N_("Pictures are off for everybody."),
    "camera_off_outside": N_("Your camera stays off while you sit in the outer circle."),
    "camera_off_sitting_back": N_("Your camera stays off while you sit back."),
    "line_known_already": N_("That is already known."),
    "no_call_address": N_("Please give an address that begins with https:// and has no spaces."),
    "address_too_long": N_("Please give an address of up to {most} characters."),
    "signal_too_large": N_("This browser sent more than the room can pass on."),
    # The server
    "session_over": N_("This session is over."),
    "room_paused": N_("We are busy just now. Please try again in a moment."),
    "too_much_at_once": N_("We are busy just now. Please try again in a moment."),
    "very_fast": N_("That was very fast. Please wait a moment."),
}
