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
        unreadable: String::new(),
    }
}

/// Column, value and fault of a refusal.
fn refusal(change: impl FnOnce(&mut Row)) -> (&'static str, String, RowFault) {
    let RowError { column, value, fault } = enrol(change).unwrap_err();
    (column, value, fault)
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
    let sources =
        |sources: &str, hosts: &str| refusal(|r| (r.sources, r.hosts) = (sources.into(), hosts.into()));
    for web in ["search", "search=Aoi", "https://a.example.org/1.jpg"] {
        assert_eq!(sources(&format!("folder;{web}"), ""), ("sources", web.into(), RowFault::NoHosts));
    }
    for odd in ["file:///etc/passwd", "search=", "folders", "ftp://a.example.org/1.jpg"] {
        assert_eq!(sources(odd, "a.example.org"), ("sources", odd.into(), RowFault::Source));
    }
    assert_eq!(
        sources("list=gone.txt", "a.example.org"),
        ("sources", "list=gone.txt".into(), RowFault::List)
    );
    assert!(matches!(sources("search", "https://a.example.org").2, RowFault::Host(_)));
    let long = refusal(|r| {
        r.sources = "list=a".into();
        r.hosts = "a.example.org".into();
        let address = format!("https://a.example.org/{}", "x".repeat(980));
        r.lists = vec![AddressList { file: "a".into(), addresses: vec![address; 500] }];
    });
    assert_eq!(long.2, RowFault::Sources(500 * 1_002));
}

#[test]
fn capitals_that_a_spreadsheet_makes_of_a_first_letter_change_nothing() {
    let person = enrol(|r| {
        r.sources = "Folder; List=own.txt; Search; HTTPS://a.example.org/1".into();
        r.lists =
            vec![AddressList { file: "own.txt".into(), addresses: vec!["Http://a.example.org/2".into()] }];
        r.hosts = "a.example.org".into();
        r.links = "HTTPS://example.org/a?x=1; Site=Https://example.org/b".into();
    });
    let person = person.unwrap();
    let address = |address: &str| Source::Address(address.into());
    let [listed, written] = [address("Http://a.example.org/2"), address("HTTPS://a.example.org/1")];
    assert_eq!(person.sources, [Source::Folder, listed, Source::Search(None), written]);
    assert_eq!((person.links[0].label.as_str(), person.links[1].label.as_str()), ("example.org", "Site"));
    assert_eq!(list_files("Folder; List= own.txt ;search=list").collect::<Vec<_>>(), ["own.txt"]);
}

#[test]
fn an_id_that_stands_twice_is_refused_both_times_and_a_withdrawal_counts_wherever_it_stands() {
    let today = "2026-06-01".parse().unwrap();
    assert!(enrol_all(&[row()], today)[0].is_ok());
    for checked in enrol_all(&[row(), Row { name: "Aoi T.".into(), ..row() }], today) {
        let refused = checked.unwrap_err();
        assert_eq!((refused.fault.clone(), refused.ends_consent()), (RowFault::Repeated, false));
    }
    let withdrawn = Row { consent_withdrawn_on: "2026-03-01".into(), ..row() };
    let [withdrawn, repeated] = <[_; 2]>::try_from(enrol_all(&[withdrawn, row()], today)).unwrap();
    assert!(withdrawn.unwrap_err().ends_consent() && !repeated.unwrap_err().ends_consent());
}

#[test]
fn without_attestation_or_consent_a_row_is_refused_by_column_and_value() {
    let refused = |change: fn(&mut Row), column: &'static str, value: &str, fault: RowFault| {
        assert_eq!(refusal(change), (column, value.to_owned(), fault));
    };
    refused(|r| r.attested_by.clear(), "attested_by", "", RowFault::Empty);
    refused(|r| r.consent_reference.clear(), "consent_reference", "", RowFault::Empty);
    refused(|r| r.consent_scope = "display".into(), "consent_scope", "display", RowFault::NoTemplate);
    refused(|r| r.consent_scope = "template all".into(), "consent_scope", "all", RowFault::Scope);
    let year_last = RowFault::Date(DateFault::YearNotFirst);
    refused(|r| r.attested_on = "31.1.2026".into(), "attested_on", "31.1.2026", year_last);
    refused(
        |r| r.consent_granted_on = "2027-01-01".into(),
        "consent_granted_on",
        "2027-01-01",
        RowFault::Future,
    );
    let withdrawn = |r: &mut Row| r.consent_withdrawn_on = "2026/3/1".into();
    refused(withdrawn, "consent_withdrawn_on", "2026/3/1", RowFault::Withdrawn);
    refused(|r| r.links = "javascript:alert(1)".into(), "links", "javascript:alert(1)", RowFault::Link);
    refused(|r| r.links = "example.org/aoi".into(), "links", "example.org/aoi", RowFault::Link);
    refused(|r| r.id = "../x".into(), "id", "../x", RowFault::Id);
    let line = RowFault::Line("the row has 3 cells".into());
    assert_eq!(refusal(|r| r.unreadable = "the row has 3 cells".into()).2, line);
}

#[test]
fn a_refusal_says_what_stands_where_and_what_would_be_right() {
    let said = |change: fn(&mut Row)| enrol(change).unwrap_err().to_string();
    assert_eq!(
        said(|r| r.attested_on = "31.1.2026".into()),
        "attested_on \"31.1.2026\" does not begin with a year of four digits, so that day and month could be mistaken; \
         write it like 2026-01-31"
    );
    assert_eq!(said(|r| r.name.clear()), "name is empty");
    assert!(
        said(|r| r.hosts = "https://a.example.org".into())
            .starts_with("hosts: host \"https://a.example.org\"")
    );
}

#[test]
fn only_what_says_that_consent_ended_ends_it_and_it_comes_before_every_slip() {
    let slips: [fn(&mut Row); 9] = [
        |r| r.attested_on = "31.01.2026".into(),
        |r| r.consent_expires_on = "soon".into(),
        |r| r.consent_withdrawn_on = "-".into(),
        |r| r.links = "example.org".into(),
        |r| r.sources = "folders".into(),
        |r| r.hosts = "https://a.example.org".into(),
        |r| r.sources = "list=gone.txt".into(),
        |r| r.name = " ".into(),
        |r| r.consent_scope = "templates".into(),
    ];
    let ends: [fn(&mut Row); 3] = [
        |r| r.consent_withdrawn_on = "2026-03-01".into(),
        |r| r.consent_expires_on = "2026/06/01".into(),
        |r| r.consent_scope = "display".into(),
    ];
    for slip in slips {
        assert!(!enrol(slip).unwrap_err().ends_consent());
    }
    for end in ends {
        assert!(enrol(end).unwrap_err().ends_consent());
        let with_slip = enrol(|r| {
            r.name.clear();
            r.attested_on = "31.01.2026".into();
            r.consent_granted_on = "2027-01-01".into();
            end(r);
        });
        assert!(with_slip.unwrap_err().ends_consent());
    }
}

#[test]
fn a_day_that_has_begun_somewhere_on_earth_is_not_in_the_future() {
    let granted = |day: &str| enrol(|r| r.consent_granted_on = day.into());
    assert!(granted("2026-06-02").is_ok(), "it may be the second in Tokyo");
    assert_eq!(granted("2026-06-03").unwrap_err().fault, RowFault::Future);
}

#[test]
fn a_consent_with_an_end_stands_until_the_day_before_it() {
    let until = |day: &str| enrol(|r| r.consent_expires_on = day.into());
    let end: Date = "2026-06-02".parse().unwrap();
    assert_eq!(until("2026-06-02").unwrap().consent.expires_on, Some(end));
    assert_eq!(until("2026-06-01").unwrap_err().fault, RowFault::Expired);
    assert_eq!(until("soon").unwrap_err().column, "consent_expires_on");
    assert!(stands(None, end) && stands(Some(end), "2026-06-01".parse().unwrap()) && !stands(Some(end), end));
}

#[test]
fn who_was_erased_is_enrolled_again_by_a_later_consent_alone() {
    let person = enrol(|r| r.consent_granted_on = "2026-04-01".into()).unwrap();
    let on = |day: &str| person.renews(day.parse().unwrap());
    assert!(on("2026-03-31").is_ok());
    for day in ["2026-04-01", "2026-05-01"] {
        assert_eq!(on(day).unwrap_err().fault, RowFault::Erased(day.parse().unwrap()));
    }
}
