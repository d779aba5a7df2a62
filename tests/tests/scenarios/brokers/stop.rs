//! SIGTERM drains and stops everything that was started, and a second system on one folder is refused.

use rustix::process::{Pid, test_kill_process};
use tests::{System, avzeus};

#[test]
fn nothing_is_left_running() {
    let mut system = System::up();
    let endpoints = system.endpoints();
    let pids: Vec<Pid> =
        endpoints.services.values().map(|s| Pid::from_raw(s.pid.unwrap() as i32).unwrap()).collect();
    assert_eq!(pids.len(), 8, "{endpoints:?}");
    assert!(pids.iter().all(|&pid| test_kill_process(pid).is_ok()));

    let second =
        avzeus().args(["up", "--http-addr", "127.0.0.1:0", "--data"]).arg(system.data()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use"));

    assert!(system.stop(), "avzeus up exits 0 after SIGTERM");
    assert!(pids.iter().all(|&pid| test_kill_process(pid).is_err()), "something is left running");
}
