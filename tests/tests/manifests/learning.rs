//! The file that holds every learning setting, held against the learner's own list.

use clap::{Args, Command};
use learn::settings::Settings;

use crate::yaml::text;

const FILE: &str = "k8s/base/learn.env";

const HEAD: &str = "\
# How the learner learns: every setting, with its unit and its default. Uncomment a line to change it; compose and
# Kubernetes read this file, and `set -a; . k8s/base/learn.env` gives it to `avzeus up`, `replay` and `simulate`.
# A line learns from its beginning under one set of settings: with others, start another line (AVZEUS_LEARN_LINE).
";

/// The file as it has to be: each setting's help as a comment, then its name and default, commented out.
fn written() -> String {
    let command = Settings::augment_args(Command::new("learn"));
    let mut written = HEAD.to_owned();
    for setting in command.get_arguments() {
        let Some(name) = setting.get_env() else { continue };
        let help = setting.get_long_help().or(setting.get_help()).expect("every setting has its words");
        let rules: Vec<_> = setting.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
        let rules = if rules.is_empty() { String::new() } else { format!(": {}", rules.join(", ")) };
        let defaults: Vec<_> = setting.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
        let help = help.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let help = help.trim_end_matches('.');
        written += &format!("\n# {help}{rules}\n#{}={}\n", name.to_string_lossy(), defaults.concat());
    }
    written
}

#[test]
fn one_file_holds_every_learning_setting() {
    assert!(text(FILE) == written(), "{FILE} is to be:\n{}", written());
}
