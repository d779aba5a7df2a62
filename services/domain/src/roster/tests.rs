use super::*;

fn row() -> Row {
    Row {
        id: "aoi-tanaka".into(),
        name: "Aoi Tanaka".into(),
        links: "Site=https://example.org/a?x=1; https://example.com/b=c".into(),
        sources: "folder".into(),
        hosts: String::new(),
        lists: vec![],
        attested_by: "Studio".into(),
        attested_on: "2026-01-31".into(),
        consent_reference: "c-1".into(),
        consent_scope: "template display".into(),
        consent_granted_on: "2026-02-01".into(),
        consent_expires_on: String::new(),
        consent_withdrawn_on: String::new(),
    }
}

fn enrol(change: impl FnOnce(&mut Row)) -> Result<Enrolment, RowError> {
    let mut row = row();
    change(&mut row);
    row.enrol("2026-06-01".parse().unwrap())
}

#[test]
fn a_complete_row_is_enrolled_with_its_links() {
    let person = enrol(|_| {}).unwrap();
    assert_eq!(person.links[0].label, "Site");
    assert_eq!(person.links[1].label, "example.com");
    assert!(person.consent.template && person.consent.display);
}

#[test]
fn sources_keep_their_order_and_a_list_stands_where_it_is_named() {
    let addresses = ["https://a.example.org/1", "https://a.example.org/2"].map(str::to_owned).to_vec();
    let person = enrol(|r| {
        r.sources = "search; list=own.txt ;folder;search=Aoi, the singer;http://b.example.org/x?y=z".into();
        r.lists = vec![AddressList { file: "own.txt".into(), addresses: addresses.clone() }];
        r.hosts = "*.example.org".into();
    });
    let [first, second] =
        ["https://a.example.org/1", "https://a.example.org/2"].map(|a| Source::Address(a.into()));
    let last = Source::Address("http://b.example.org/x?y=z".into());
    let query = Source::Search(Some("Aoi, the singer".into()));
    let sources = person.unwrap().sources;
    assert_eq!(sources, [Source::Search(None), first, second, Source::Folder, query, last]);
    for source in sources {
        assert_eq!(source.to_string().parse(), Ok(source));
    }
}

#[test]
fn what_reaches_the_web_needs_hosts_and_what_is_no_source_is_refused() {
    let sources = |sources: &str, hosts: &str| {
        enrol(|r| (r.sources, r.hosts) = (sources.into(), hosts.into())).unwrap_err()
    };
    for web in ["search", "search=Aoi", "https://a.example.org/1.jpg"] {
        assert_eq!(sources(&format!("folder;{web}"), ""), RowError::NoHosts(web.into()));
    }
    for odd in ["file:///etc/passwd", "search=", "folders", "ftp://a.example.org/1.jpg"] {
        assert_eq!(sources(odd, "a.example.org"), RowError::Source(odd.into()));
    }
    assert_eq!(sources("list=gone.txt", "a.example.org"), RowError::List("gone.txt".into()));
    assert!(matches!(sources("search", "https://a.example.org"), RowError::Host(_)));
    let long = enrol(|r| {
        r.sources = "list=a".into();
        r.hosts = "a.example.org".into();
        let address = format!("https://a.example.org/{}", "x".repeat(980));
        r.lists = vec![AddressList { file: "a".into(), addresses: vec![address; 500] }];
    });
    assert_eq!(long, Err(RowError::Sources(500 * 1_002)));
}

#[test]
fn an_id_that_stands_twice_is_refused_both_times() {
    let today = "2026-06-01".parse().unwrap();
    assert!(enrol_all(&[row()], today)[0].is_ok());
    let withdrawn = Row { consent_withdrawn_on: "2026-03-01".into(), ..row() };
    let twice = enrol_all(&[withdrawn, row()], today);
    assert_eq!(twice, vec![Err(RowError::Repeated("aoi-tanaka".into())); 2]);
}

#[test]
fn without_attestation_or_consent_a_row_is_refused_by_name() {
    assert_eq!(enrol(|r| r.attested_by.clear()), Err(RowError::Missing("attested_by")));
    assert_eq!(enrol(|r| r.consent_reference.clear()), Err(RowError::Missing("consent_reference")));
    assert_eq!(enrol(|r| r.consent_scope = "display".into()), Err(RowError::NoTemplate));
    assert_eq!(enrol(|r| r.consent_scope = "all".into()), Err(RowError::Scope("all".into())));
    assert!(matches!(enrol(|r| r.attested_on = "31.1.2026".into()), Err(RowError::Date { .. })));
    assert!(matches!(enrol(|r| r.consent_granted_on = "2027-01-01".into()), Err(RowError::Future { .. })));
    assert!(matches!(enrol(|r| r.consent_withdrawn_on = "2026-03-01".into()), Err(RowError::Withdrawn(_))));
    assert!(matches!(enrol(|r| r.links = "javascript:alert(1)".into()), Err(RowError::Link(_))));
    assert!(matches!(enrol(|r| r.id = "../x".into()), Err(RowError::Id(_))));
}

#[test]
fn a_consent_with_an_end_stands_until_the_day_before_it() {
    let until = |day: &str| enrol(|r| r.consent_expires_on = day.into());
    let end: Date = "2026-06-02".parse().unwrap();
    assert_eq!(until("2026-06-02").unwrap().consent.expires_on, Some(end));
    assert_eq!(until("2026-06-01"), Err(RowError::Expired("2026-06-01".parse().unwrap())));
    assert!(matches!(until("soon"), Err(RowError::Date { field: "consent_expires_on", .. })));
    assert!(stands(None, end) && stands(Some(end), "2026-06-01".parse().unwrap()) && !stands(Some(end), end));
}

#[test]
fn who_was_erased_is_enrolled_again_by_a_later_consent_alone() {
    let person = enrol(|r| r.consent_granted_on = "2026-04-01".into()).unwrap();
    let on = |day: &str| person.renews(day.parse().unwrap());
    assert!(on("2026-03-31").is_ok());
    assert!(matches!(on("2026-04-01"), Err(RowError::Erased(_))));
    assert!(matches!(on("2026-05-01"), Err(RowError::Erased(_))));
}
