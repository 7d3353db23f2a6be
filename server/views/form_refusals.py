"""The sentences of refusals of forms and formats, by the ids of their reasons."""

from server.views.language import N_

SENTENCES = {
    # Forms
    "wrong_start_key": N_(
        "The start key is not right. Please ask whoever runs this server for it."
    ),
    "cut_link": N_("Part of the link is missing. Please open it again from the message."),
    "agree_first": N_("Please agree to the ground rules first."),
    "your_name_empty": N_("Please type your name, of up to {most} characters."),
    "your_name_too_long": N_("Your name has {length} characters. Please use at most {most}."),
    "circle_name_empty": N_("Please give the circle a name, of up to {most} characters."),
    "circle_name_too_long": N_(
        "The circle's name has {length} characters. Please use at most {most}."
    ),
    "unknown_format": N_("The format must be one of {formats}."),
    "erase_name_differs": N_("This is not its name. Please type {name}, or leave it."),
    # A circle's schedule
    "rhythm_unknown": N_("Please choose how often you meet."),
    "nth_unknown": N_("Please choose which week of the month: first to fourth, or last."),
    "weekday_unknown": N_("Please choose a day of the week."),
    "every_unknown": N_("Please choose every week, every 2 weeks or every 4 weeks."),
    "first_on_missing": N_("Please give the date of the first session."),
    "first_on_no_date": N_("There is no such date. Please give the date of the first session."),
    "first_on_past": N_("The first session would be in the past. Please choose a later date."),
    "first_on_too_far": N_("Please choose a date within the next twelve months."),
    "dates_missing": N_("Please give at least one date."),
    "dates_too_many": N_("Please give at most {most} dates."),
    "dates_no_date": N_("“{typed}” is no date. Please write dates like 2027-01-31."),
    "dates_twice": N_("{date} is there twice. Please remove one of them."),
    "dates_past": N_("{date} is in the past. Please remove it."),
    "dates_too_far": N_("{date} is more than twelve months ahead. Please remove it for now."),
    "at_missing": N_("Please give the time at which you meet."),
    "at_no_time": N_("There is no such time. Please write it like 19:00."),
    "start_skipped": N_(
        "On {date} the clocks go forward and skip {at}. Please choose another time."
    ),
    "time_zone_unknown": N_("This time zone is not known. Please choose one from the list."),
    "pause_no_date": N_("There is no such date. Please give the date on which you meet again."),
    "pause_past": N_("This date is not ahead. Please choose a later one, or none to meet again."),
    "pause_too_far": N_("A pause lasts twelve months at most. Please choose an earlier date."),
    "format_changed": N_(
        "Somebody else has just changed the format. It is now “{title}”. What you typed is still"
        " below: if you save it, it replaces theirs."
    ),
    "schedule_changed": N_(
        "Somebody else has just changed when you meet. Please look at it as it is now, then try"
        " again."
    ),
    # A single meeting
    "move_unreadable": N_("There is no such date and time. Please choose both."),
    "move_into_past": N_("This time has passed. Please choose a later one."),
    "move_too_far": N_("Please choose a date within the next twelve months."),
    "move_skipped": N_("The clocks go forward then and skip this time. Please choose another one."),
    "move_onto_other": N_("You meet on that day already. Please choose another day."),
    "restored_without_rhythm": N_(
        "You no longer meet on that day, so it cannot be put back. You can move it instead."
    ),
    "restored_in_pause": N_(
        "You pause on that day, so it cannot be put back. You can move it instead."
    ),
    "restored_into_past": N_(
        "Its first date has passed, so it cannot be put back. You can move it instead."
    ),
    "restored_onto_other": N_(
        "Another session is on that day now, so it cannot be put back. You can move it instead."
    ),
    "no_such_meeting": N_("There is no session on that date any more."),
    "meeting_is_past": N_("This session has begun or is over, so it stays as it is."),
    "meeting_is_over": N_("This session is over."),
    "meeting_changed": N_(
        "Somebody else has just changed this session. Please look at it as it is now, then try"
        " again."
    ),
    "too_many_singles": N_(
        "You have changed {most} single sessions, which is all we can keep. Please change the"
        " rhythm instead."
    ),
    # A chair on another device
    "device_code_over": N_("This code no longer works. Please show a new one."),
    "device_code_used": N_(
        "Another device has opened this code already. If that was not you, show a new one."
    ),
    "device_not_open": N_("Your other device shows no digits yet. Open the code there first."),
    "device_not_chosen": N_("Choose {digits} on your other device first, then press again."),
    "device_wrong": N_(
        "Your other device shows other digits, so this code no longer works. Nobody else has your"
        " chair. Please show a new code."
    ),
    # Reminders by mail
    "address_empty": N_("Please type your mail address."),
    "address_unreadable": N_(
        "This mail address cannot be read. Please write it like anna@example.org."
    ),
    "address_refused": N_(
        "The mail server does not accept this address. Please check it, or use another one."
    ),
    "asked_too_often": N_("You have asked several times just now. Please try again in an hour."),
    "mail_busy": N_("Very many people are asking just now. Please try again in a minute."),
    "no_mail_server": N_("This server sends no mail."),
    # The pulse
    "pulse_is_for_members": N_("These questions are for members. Facilitators do not answer them."),
    "pulse_closed": N_("These questions are closed. The next ones come after the next session."),
    "pulse_answered": N_(
        "Everybody who was at the last session can answer once. If you have, your answers are"
        " counted. Thank you."
    ),
    "pulse_step_unknown": N_("Please choose one of the five steps, or skip the question."),
    "pulse_empty": N_("Please choose a step for at least one question."),
    # The register
    "register_months": N_("Please give the months as a number from {least} to {most}."),
    "certificate_date": N_("Please give each date as year, month and day, like 2026-01-31."),
    "certificate_period_backwards": N_("The first day comes after the last. Please check both."),
    "certificate_empty": N_("The register has no session of yours in this time."),
    # A format as a file
    "file_too_large": N_("A format's file can have up to {most} KiB."),
    "file_too_slow": N_("This file takes too long to read."),
    "file_too_deep": N_(
        "This is not a format's file: it has too many tables, or they are too deep."
    ),
    "no_toml": N_("This is not TOML: {error}."),
    "unreadable_toml": N_("This is not TOML: it cannot be read."),
    "no_phases": N_("Please put the phases in tables that begin with [[phases]]."),
    "key_unusable": N_(
        "key must consist of small letters, digits and hyphens, and not be a word that the room"
        " uses itself."
    ),
    "key_taken": N_("another phase already has this key."),
    "unknown_field": N_("there is no field “{field}”; the fields are {known}."),
    "field_missing": N_("{field} is missing."),
    "must_be_text": N_("{field} must be text."),
    "must_be_true_or_false": N_("{field} must be true or false."),
    "must_be_whole_number": N_("{field} must be a whole number."),
    "must_be_number": N_("{field} must be a number."),
    "must_be_one_of": N_("{field} must be one of {known}."),
    "must_be_texts": N_("{field} must be a list of texts."),
    # A format in the editor
    "format_title_empty": N_("The format needs a title of up to {most} characters."),
    "format_title_too_long": N_(
        "The format's title has {length} characters. Please use at most {most}."
    ),
    "chairs_no_number": N_("The number of chairs must be a whole number."),
    "chairs_out_of_bounds": N_("A format has {least} to {most} chairs, not {chairs}."),
    "phases_out_of_bounds": N_("A format has 1 to {most} phases, not {phases}."),
    "format_too_long": N_("A format has at most {most} minutes in all, not {minutes:g}."),
    "texts_too_long": N_(
        "All texts together have {characters:,} characters. Please use at most {most:,}."
    ),
    "two_circles_are_led": N_("Two circles need somebody who leads and asks the outer one in."),
    "phase_title_empty": N_("the title is empty; please use up to {most} characters."),
    "phase_title_too_long": N_("the title has {length} characters; please use at most {most}."),
    "short_title_empty": N_("the short title is empty; please use up to {most} characters."),
    "short_title_too_long": N_(
        "the short title has {length} characters; please use at most {most}."
    ),
    "purpose_too_long": N_("the purpose has {length} characters; please use at most {most}."),
    "guidance_too_long": N_("the guidance has {length} characters; please use at most {most}."),
    "watch_too_long": N_("“watch” has {length} characters; please use at most {most}."),
    "too_many_prompts": N_("there can be up to {most} prompts, not {prompts}."),
    "phase_prompt_too_long": N_(
        "the prompt “{begins}…” has {length} characters; please use at most {most}."
    ),
    "minutes_no_number": N_("minutes must be a number."),
    "minutes_out_of_bounds": N_("minutes must be {least} to {most}, not {minutes:g}."),
    "cap_no_number": N_("turns for each person must be a whole number."),
    "cap_out_of_bounds": N_("turns for each person must be 0 to {most}, not {cap}."),
    "turns_unknown": N_("please choose how turns are taken."),
    "floor_while_sitting_back": N_("the presenter cannot hold the floor while sitting back."),
    "round_of_presenter_alone": N_("there is no round where the presenter alone is heard."),
    "hands_of_presenter_alone": N_("nobody may raise a hand where the presenter alone is heard."),
    "heard_unknown": N_("please choose who may be heard."),
    "heard_cannot_sit_back": N_("the presenter cannot sit back and be heard at the same time."),
    "outer_circle_sits_back": N_("the presenter sits back while the outer circle is heard."),
    "nobody_can_be_heard": N_(
        "nobody can be heard, as only the presenter may be and nobody presents yet. Put a phase"
        " before it in which the group finds a presenter, or let the next person present in it."
    ),
}
