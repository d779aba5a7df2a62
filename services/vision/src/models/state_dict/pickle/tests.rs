use super::*;

#[test]
fn plain_data_is_read() {
    // {"a": (1, True), "b": [2]}
    let pickle = b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01\x88\x86X\x01\x00\x00\x00b]K\x02au.rest";
    let (value, used) = read(pickle).expect("it is allowed");
    assert_eq!(used, pickle.len() - 4);
    let Value::Dict(items) = value else { panic!("not a dict") };
    assert_eq!(items[0].1, Value::Tuple([Value::Int(1), Value::Bool(true)].into()));
    assert_eq!(items[1].1, Value::List(vec![Value::Int(2)]));
}

#[test]
fn a_pickle_that_would_run_code_is_refused() {
    let attack = b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.";
    let refused = read(attack).expect_err("it would run ls");
    assert!(refused.starts_with("pickle global posix.system is not allowed: "), "{refused}");
    let build = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.";
    assert!(read(build).is_err());
}

#[test]
fn an_unknown_opcode_and_a_truncated_pickle_are_refused() {
    assert!(read(b"\x80\x02i").expect_err("INST").contains("0x69"));
    assert!(read(b"\x80\x02X\xff\xff\xff\x7fa").is_err());
    assert!(read(b"\x80\x02.").is_err());
    assert!(read(b"\x80\x02t.").is_err());
    assert!(read(b"").is_err());
}
