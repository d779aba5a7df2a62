//! The file that holds every learning setting, held against the learner's own list.

use clap::{Args, Command};
use learning::settings::Settings;

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
        // A line for each value, since some have words of their own.
        let mut values = String::new();
        for value in setting.get_possible_values() {
            match value.get_help() {
                Some(words) => values += &format!("\n#   {}: {words}", value.get_name()),
                None => values += &format!("\n#   {}", value.get_name()),
            }
        }
        let defaults: Vec<_> = setting.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
        let help = help.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let help = help.trim_end_matches('.');
        written += &format!("\n# {help}{values}\n#{}={}\n", name.to_string_lossy(), defaults.concat());
    }
    written
}

#[test]
fn one_file_holds_every_learning_setting() {
    assert!(text(FILE) == written(), "{FILE} is to be:\n{}", written());
}
