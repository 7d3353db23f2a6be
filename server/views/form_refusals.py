"""The sentences of refusals of forms and formats, by the ids of their reasons."""

from server.views.language import N_

SENTENCES = {
    # Forms
    "wrong_start_key": N_(
        "The start key is not right. Please ask whoever runs this server for it."
    ),
    "agree_first": N_("Please agree to the ground rules first."),
    "your_name_empty": N_("Please type your name, of up to {most} characters."),
    "your_name_too_long": N_("Your name has {length} characters. Please use at most {most}."),
    "circle_name_empty": N_("Please give the circle a name, of up to {most} characters."),
    "circle_name_too_long": N_(
        "The circle's name has {length} characters. Please use at most {most}."
    ),
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
