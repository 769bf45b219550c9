import Testing
import VouchModel

@testable import VouchCollectors

private func readTable(
  _ text: String, _ options: [String: String] = [:], zone: String? = nil, name: String = "export"
) throws -> [String] {
  try linesRead(by: TableCollector.self, text, options, zone: zone, name: name)
}

@Suite struct TableTests {
  @Test func readsForeignHeaderThroughTheMapping() throws {
    let lines = try readTable(
      """
      Personalnummer;Eintritt;Austritt;Status;Logins
      1017;01.03.2019;;aktiv;"anna, a.berg"
      1018;15.07.2020;30.06.2026;ausgeschieden;ben
      """,
      [
        "record": "person", "columns.person_id": "Personalnummer", "columns.hired_at": "Eintritt",
        "columns.terminated_at": "Austritt", "columns.status": "Status",
        "columns.account_names": "Logins", "separator": ",", "formats.hired_at": "dd.MM.yyyy",
        "formats.terminated_at": "dd.MM.yyyy", "values.status.aktiv": "active",
        "values.status.ausgeschieden": "ended", "constant.kind": "employee",
      ], zone: "Europe/Berlin")
    #expect(
      lines == [
        #"R1 person person_id=1017 kind=employee status=active hired_at=2019-02-28T23:00:00Z account_names=["anna","a.berg"]"#,
        #"R2 person person_id=1018 kind=employee status=ended hired_at=2020-07-14T22:00:00Z terminated_at=2026-06-29T22:00:00Z account_names=["ben"]"#,
      ])
  }

  @Test func mapsColumnsOfTheSameNameByThemselves() throws {
    let lines = try readTable(
      "account_id,mfa_enrolled,roles\nu1,TRUE,admin;dev\nu2,no,\n", ["record": "account"])
    #expect(
      lines == [
        #"R1 account source=hr account_id=u1 mfa_enrolled=1 roles=["admin","dev"]"#,
        "R2 account source=hr account_id=u2 mfa_enrolled=0",
      ])
  }

  @Test func leavesOutRowsThatCannotBeReadAndSaysSo() throws {
    let lines = try readTable(
      """
      risk_id,likelihood,impact,due_at
      r1,3,4,2026-07-01T00:00:00Z
      r2,three,4,
      ,3,4,
      r4,2,1,2026-07-01
      r5,2,1,07/01/2026
      """, ["record": "risk"])
    #expect(
      lines == [
        "R1 risk risk_id=r1 likelihood=3 impact=4 due_at=2026-07-01T00:00:00Z",
        "table.type #R2 likelihood (column 'likelihood') is not a whole number",
        "table.no-key #R3 risk_id is empty",
        "table.zone-unknown #R4 due_at (column 'due_at') is a local time and the source names no zone",
        "table.type #R5 due_at (column 'due_at') is not a time in ISO 8601 or epoch seconds; name another layout in formats",
        "incomplete",
      ])
  }

  @Test func tellsFiveProblemsOfAColumnAndCountsTheRest() throws {
    let rows = (1...8).map { "r\($0),x" }.joined(separator: "\n")
    let lines = try readTable("risk_id,impact\n\(rows)\n", ["record": "risk"])
    #expect(lines.count == 7)
    #expect(lines[5] == "table.type  impact: the same in 3 more of 8 rows")
  }

  @Test func namesTheNearestColumnForAMisspeltOne() throws {
    let lines = try readTable(
      "Employee ID,Hire Date\n1,2020-01-01T00:00:00Z\n",
      ["record": "person", "columns.person_id": "EmployeeID", "columns.hired_at": "Hire Date"])
    #expect(
      lines == [
        "table.no-column #L1 the export has no column 'EmployeeID', which feeds person_id; did you mean 'Employee ID'?",
        "incomplete",
      ])
  }

  @Test func refusesOptionsThatNameNothing() throws {
    let lines = try readTable(
      "a,b\n1,2\n",
      ["record": "person", "columns.person_id": "a", "columns.hired": "b", "column.kind": "b"])
    #expect(
      lines == [
        "table.option  'format: table' has no option 'column.kind'; did you mean 'columns'?",
        "table.option  columns: record type 'person' has no column 'hired'; did you mean 'hired_at'?",
        "incomplete",
      ])
    #expect(
      try readTable("a,b\n", ["record": "persn"]).first
        == "table.no-record  'persn' is no record type; did you mean 'person'?")
  }

  @Test func refusesAWordThatValuesDoNotList() throws {
    let options = [
      "record": "ticket", "columns.ticket_id": "id", "columns.severity": "prio",
      "values.severity.P1": "critical", "values.severity.P2": "high",
    ]
    let text = "id,prio\nT1,P1\nT2,P9\nT3,\n"
    #expect(
      try readTable(text, options) == [
        "R1 ticket source=hr ticket_id=T1 severity=critical",
        "R3 ticket source=hr ticket_id=T3",
        "table.unknown-value #R2 severity (column 'prio') has a word that 'values' does not list; near is 'P1'",
        "incomplete",
      ])
    let lenient = options.merging(["values.severity.*": "low"]) { $1 }
    #expect(
      try readTable(text, lenient)[1] == "R2 ticket source=hr ticket_id=T2 severity=low")
  }

  @Test func readsNestedJSONByPath() throws {
    let lines = try readTable(
      #"{"total": 1, "data": [{"key": "A-1", "f": {"prio": {"name": "High"}, "labels": [{"n": "x"}, {"n": "y"}], "made": 1782864000}}]}"#,
      [
        "record": "ticket", "columns.ticket_id": "key", "columns.severity": "f.prio.name",
        "columns.labels": "f.labels.*.n", "columns.created_at": "f.made",
        "columns.pauses": "f.labels",
      ])
    #expect(
      lines == [
        #"/data/0 ticket source=hr ticket_id=A-1 severity=High created_at=2026-07-01T00:00:00Z pauses=[{"n":"x"},{"n":"y"}] labels=["x","y"]"#
      ])
  }

  @Test func asksForRowsWhenSeveralArraysCouldBeThem() throws {
    let text = #"{"a": [], "b": {"c": [{"risk_id": "r1"}]}, "d": []}"#
    #expect(
      try readTable(text, ["record": "risk"]) == [
        "table.no-rows  the object holds 2 arrays: /a, /d", "incomplete",
      ])
    #expect(
      try readTable(text, ["record": "risk", "rows": "/b/c"]) == ["/b/c/0 risk risk_id=r1"])
  }

  @Test func anObjectWithoutArraysIsOneRow() throws {
    let text = "{\n  \"risk_id\": \"r1\",\n  \"title\": \"fire\"\n}\n"
    #expect(try readTable(text, ["record": "risk"]) == [" risk risk_id=r1 title=fire"])
    // `rows` says so where there is an array, or where the object stands deeper.
    let tagged = #"{"risk_id": "r1", "tags": ["a"]}"#
    #expect(
      try readTable(tagged, ["record": "risk", "rows": ""]) == [#" risk risk_id=r1 tags=["a"]"#])
    #expect(
      try readTable(#"{"risk": \#(tagged)}"#, ["record": "risk", "rows": "/risk"]) == [
        #"/risk risk risk_id=r1 tags=["a"]"#
      ])
    #expect(
      try readTable(text, ["record": "risk", "rows": "/title"]) == [
        "table.no-rows  no array and no object stands at '/title'", "incomplete",
      ])
  }

  @Test func rowsMayStandAtAnyPointer() throws {
    let text = #"[{"a/b": {"0": {"ü": [{"risk_id": "r1"}, {"risk_id": "r2"}]}}}, {"a/b": {}}]"#
    #expect(
      try readTable(text, ["record": "risk", "rows": "/0/a~1b/0/ü"]) == [
        "/0/a~1b/0/ü/0 risk risk_id=r1", "/0/a~1b/0/ü/1 risk risk_id=r2",
      ])
  }

  @Test func aRowThatIsNoJSONCostsItself() throws {
    #expect(
      try readTable(
        "[{\"risk_id\": \"r1\"},\n{\"risk_id\" \"r2\"},\n{\"risk_id\": \"r3\"}]", ["record": "risk"]
      ) == [
        "/0 risk risk_id=r1", "/2 risk risk_id=r3",
        "table.not-json #L2 not valid JSON: ':' is missing after a key", "incomplete",
      ])
  }

  @Test func tellsJSONLinesFromOneObject() throws {
    #expect(
      try readTable("{\"risk_id\":\"r1\"}\n{\"risk_id\":\"r2\"}\n", ["record": "risk"]) == [
        "L1 risk risk_id=r1", "L2 risk risk_id=r2",
      ])
  }

  @Test func namesAPathThatNoRowHas() throws {
    let lines = try readTable(
      #"[{"risk_id": "r1", "owner": {"mail": "x"}}]"#,
      ["record": "risk", "columns.risk_id": "risk_id", "columns.owner_id": "owner.mial"])
    #expect(
      lines == [
        "/0 risk risk_id=r1",
        "table.no-column  the export has no column 'owner.mial', which feeds owner_id; did you mean 'owner.mail'?",
        "incomplete",
      ])
  }

  @Test func anEmptyExportIsAResult() throws {
    #expect(try readTable("risk_id,title\n", ["record": "risk"]) == [])
    #expect(try readTable("[]", ["record": "risk"]) == [])
  }

  @Test func readsDecimalCommasOnlyWhenTold() throws {
    let text = "asset_id;name;t;value\nweb-01;cpu;2026-07-01T00:00:00Z;1.234,5\n"
    #expect(
      try readTable(text, ["record": "metric", "decimal": ","]) == [
        "R1 metric asset_id=web-01 name=cpu t=2026-07-01T00:00:00Z value=1234.5",
        "R1 host_sighting source=hr ref=web-01 hostname=web-01",
      ])
    #expect(try readTable(text, ["record": "metric"]).first?.hasPrefix("table.type #R1") == true)
  }

  @Test func aRowMaySpeakOfItsOwnTime() throws {
    let lines = try readTable(
      "badge_id,active,seen\nb1,yes,2026-06-30T10:00:00Z\n",
      [
        "record": "badge", "columns.badge_id": "badge_id", "columns.active": "active",
        "columns.at": "seen",
      ])
    #expect(lines == ["R1 badge badge_id=b1 active=1 at=2026-06-30T10:00:00Z"])
  }

  @Test(arguments: [
    ("person.csv", "person_id,hired_at\n", "person"),
    ("person-2026-06-30.csv", "person_id,hired_at\n", "person"),
    ("risk-2026-q2.csv", "risk_id,title\n", "risk"),
    ("risk.jsonl", #"{"risk_id":"r1","title":"fire"}"#, "risk"),
    ("person.csv", "person_id,Hire Date\n", nil),
    ("people.csv", "person_id,hired_at\n", nil),
    ("person-old.csv", "person_id,hired_at\n", nil),
    ("person.txt", "person_id,hired_at\n", nil),
  ]) func recognisesOnlyFilesNamedAfterARecordType(
    _ name: String, _ text: String, _ record: String?
  ) {
    let head = Head(raw: Array(text.utf8), name: name)
    #expect(TableCollector.impliedRecord(head)?.name == record)
  }

  @Test func readsADroppedFileWithoutOptions() throws {
    #expect(
      try readTable("risk_id,title\nr1,Fire\n", name: "risk-2026-07-01.csv") == [
        "R1 risk risk_id=r1 title=Fire"
      ])
  }
}

@Suite struct TimePatternTests {
  @Test(arguments: [
    ("dd.MM.yyyy", "01.07.2026", "2026-07-01T00:00:00Z", false),
    ("d.M.yyyy HH:mm", "1.7.2026 08:30", "2026-07-01T08:30:00Z", false),
    ("MM/dd/yyyy hh:mm a", "07/01/2026 12:05 AM", "2026-07-01T00:05:00Z", false),
    ("dd MMM yyyy hh:mma Z", "04 Feb 2026 10:00AM GMT-0500", "2026-02-04T15:00:00Z", true),
    ("EEE MMM d HH:mm:ss yyyy", "Tue Sep 30 17:37:30 2014", "2014-09-30T17:37:30Z", false),
    ("yyyy-MM-dd'T'HH:mm:ss.S", "2026-07-01T08:30:00.1234", "2026-07-01T08:30:00Z", false),
    ("M/d/yy", "7/1/26", "2026-07-01T00:00:00Z", false),
    ("excel", "46204.5", "2026-07-01T12:00:00Z", false),
    ("epoch", "1782864000000", "2026-07-01T00:00:00Z", true),
  ]) func readsTheLayout(_ pattern: String, _ text: String, _ expected: String, _ zoned: Bool)
    throws
  {
    let time = try #require(TimePattern(pattern)?.read(text))
    #expect((time.instant ?? time.local).iso8601 == expected)
    #expect((time.instant != nil) == zoned)
  }

  @Test(arguments: [
    ("dd.MM.yyyy", "1.7.2026"), ("dd.MM.yyyy", "31.02.2026"), ("dd.MM.yyyy", "01.07.2026 x"),
    ("MM/dd/yyyy", "13/07/2026"), ("MM/dd/yyyy hh:mm a", "07/01/2026 13:05 PM"),
  ]) func refusesWhatDoesNotFit(_ pattern: String, _ text: String) throws {
    #expect(try #require(TimePattern(pattern)).read(text) == nil)
  }

  @Test(arguments: ["dd.MM", "dd.MM.jjjj", "hh:mm yyyy-MM-dd", "HHH yyyy-MM-dd"])
  func refusesPatternsThatGiveNoTime(_ pattern: String) { #expect(TimePattern(pattern) == nil) }
}

@Suite struct TableProposalTests {
  private func propose(_ header: String, name: String = "export.csv") -> TableProposal? {
    TableMapping.propose(head: Head(raw: Array(header.utf8), name: name))
  }

  @Test func proposesThePersonOfAnHRList() throws {
    let found = try #require(
      propose("Employee Number,Name,Hire Date,Termination Date,Job Title,Department,Supervisor\n"))
    #expect(found.record == .person)
    #expect(
      found.columns == [
        "person_id": "Employee Number", "hired_at": "Hire Date",
        "terminated_at": "Termination Date", "role": "Job Title", "department": "Department",
        "manager_id": "Supervisor",
      ])
    #expect(found.unread == ["Name"])
  }

  @Test func proposesFromTheFirstRowOfJSONThatIsCutOff() throws {
    let found = try #require(
      propose(
        #"{"rows": [{"issueKey": "A-1", "priority": {"name": "High"}, "created": "2026-07-01T00:00:00Z", "resolved": null, "assignee": {"na"#,
        name: "tickets.json"))
    #expect(found.record == .ticket)
    #expect(found.columns["ticket_id"] == "issueKey")
    #expect(found.columns["created_at"] == "created")
    #expect(found.columns["resolved_at"] == "resolved")
  }

  @Test func writesTheProposalAsAnEntryOfTheConfiguration() throws {
    let found = try #require(propose("risk_id,Title,Mood\n", name: "risks.csv"))
    #expect(
      found.entry(named: "risks", file: "in/risks.csv") == """
          # Proposed by 'vouch sources map' after 0 rows; look through it.
          # risk: An entry of the risk register. 2 of its 16 columns are fed.
          # Not read: Mood
          risks:
            file: "in/risks.csv"
            format: table
            record: risk
            columns:
              risk_id: "risk_id"  # the same name
              title: "Title"      # the same name

        """)
  }

  @Test func proposesNothingForAHeaderOfNothingKnown() {
    #expect(propose("lorem,ipsum,dolor\n") == nil)
  }
}
