import Foundation
import Testing
import VouchModel

@testable import Vouch

/// What `vouch check` says of the days after as_of.
@Suite struct ForesightTests {
  /// A workspace of a few registers, looked at on 18 September.
  private func upcoming(
    _ files: [String: String], controls: String = "", more: String = ""
  ) throws -> [Upcoming] {
    let folder = NSTemporaryDirectory() + "vouch-foresight-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let yaml = """
      organization: {name: Example}
      system: {name: Books, description: d}
      zone: UTC
      period: 2026-Q3
      controls:
      \(controls)
      sources: {all: {file: "in/*", zone: UTC}}
      \(more)

      """
    for (name, text) in files.merging(["vouch.yaml": yaml], uniquingKeysWith: { a, _ in a }) {
      let url = URL(filePath: folder).appending(path: name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    let workspace = try Workspace(path: folder)
    _ = try workspace.collect(
      [], now: { Instant(year: 2026, month: 9, day: 18) }, operator: "p-1", host: "h"
    ) { _ in }
    return try workspace.assess(
      period: workspace.configuration.period, asOf: Instant(year: 2026, month: 9, day: 18)
    ).upcoming
  }

  private let asset = """
    asset_id,hostname,kind,in_scope,first_seen
    a-1,one.example,server,true,2025-01-01

    """

  private func said(_ entries: [Upcoming]) -> [String] {
    entries.map { "\($0.due.date) \($0.kind.rawValue) \($0.control) \($0.count) \($0.items)" }
  }

  @Test func aSnapshotThatGetsTooOldIsNamedWithItsDay() throws {
    let config = """
      asset_id,ntp
      one.example,"{""synchronised"":true}"

      """
    let files = ["in/asset-2026-09-10.csv": asset, "in/host_config-2026-08-20.csv": config]
    let entries = try upcoming(files, controls: "  HST-02: {owner: p-2}")
    #expect(
      said(entries.filter { $0.kind == .evidenceStale })
        == ["2026-09-20 evidence_stale HST-02 1 []"])
    #expect(entries.first?.owner == "p-2")
  }

  @Test func aSnapshotThatStaysFreshIsNotNamed() throws {
    let config = "asset_id,ntp\none.example,\"{\"\"synchronised\"\":true}\"\n"
    let files = ["in/asset-2026-09-10.csv": asset, "in/host_config-2026-09-15.csv": config]
    let entries = try upcoming(files, controls: "  HST-02: {owner: p-2}")
    #expect(entries.filter { $0.kind == .evidenceStale }.isEmpty)
  }

  @Test func anIntervalThatEndsWithoutARecordIsDue() throws {
    let done = """
      control_id,interval_start,interval_end,done_at,person_id,result,kind,items_total,items_open
      MON-01,2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,2026-08-20T00:00:00Z,p-3,pass,run,1,0

      """
    let entries = try upcoming(
      ["in/occurrence-2026-09-10.csv": done], controls: "  MON-01: {owner: p-3}")
    #expect(
      said(entries) == ["2026-10-01 occurrence_due MON-01 1 [\"2026-09-01\"]"])
  }

  @Test func anIntervalWithItsRecordIsNot() throws {
    let done = """
      control_id,interval_start,interval_end,done_at,person_id,result,kind,items_total,items_open
      MON-01,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,2026-09-10T00:00:00Z,p-3,pass,run,1,0

      """
    let statement = """
      attestation_id,control_id,made_at,person_id,role,covers
      AT-1,MON-01,2026-09-11T00:00:00Z,p-3,Auditor,results

      """
    let entries = try upcoming(
      [
        "in/occurrence-2026-09-12.csv": done, "in/attestation-2026-09-12.csv": statement,
      ], controls: "  MON-01: {owner: p-3}")
    #expect(said(entries) == [])
  }

  @Test func aMonthOfFindingsIsDueOnlyWhileItsScanOrItsReviewIsMissing() throws {
    let findings = """
      finding_key,asset_id,plugin_id,severity,severity_rank,first_seen,fixed_at
      a-1|1|0,a-1,1,high,3,2026-08-20T00:00:00Z,

      """
    let scan = """
      scan_id,tool,status,severity_basis,started_at,ended_at
      s-9,nessus,completed,cvss_v3,2026-09-09T00:00:00Z,2026-09-10T00:00:00Z

      """
    let review = """
      attestation_id,control_id,made_at,person_id,role,refers_to
      AT-1,VM-08,2026-09-11T00:00:00Z,p-3,CISO,2026-09

      """
    let controls = "  VM-03: {owner: p-6}\n  VM-08: {owner: p-6}"
    func due(_ files: [String: String]) throws -> [String] {
      let shared = ["in/asset-2026-09-10.csv": asset, "in/finding-2026-09-17.csv": findings]
      return said(
        try upcoming(files.merging(shared) { a, _ in a }, controls: controls).filter {
          $0.kind == .occurrenceDue
        })
    }
    #expect(
      try due([:]) == [
        "2026-10-01 occurrence_due VM-03 1 [\"2026-09\"]",
        "2026-10-01 occurrence_due VM-08 1 [\"2026-09\"]",
      ])
    #expect(
      try due(["in/scan-2026-09-12.csv": scan])
        == ["2026-10-01 occurrence_due VM-08 1 [\"2026-09\"]"])
    let both = ["in/scan-2026-09-12.csv": scan, "in/attestation-2026-09-12.csv": review]
    #expect(try due(both) == [])
  }

  @Test func aStatementForTheQuarterIsDue() throws {
    let entries = try upcoming(
      ["in/asset-2026-09-10.csv": asset], controls: "  GOV-02: {owner: p-1}")
    #expect(said(entries) == ["2026-10-01 attestation_due GOV-02 1 [\"2026-07-01\"]"])
  }

  @Test func openFindingsWhoseDeadlineIsNearAreCountedBySeverity() throws {
    let findings = """
      finding_key,asset_id,plugin_id,severity,severity_rank,first_seen,fixed_at
      a-1|1|0,a-1,1,critical,4,2026-09-13T00:00:00Z,
      a-1|2|0,a-1,2,high,3,2026-08-20T00:00:00Z,
      a-1|3|0,a-1,3,high,3,2026-08-25T00:00:00Z,
      a-1|4|0,a-1,4,high,3,2026-08-25T00:00:00Z,2026-09-01T00:00:00Z
      a-1|5|0,a-1,5,high,3,2026-08-10T00:00:00Z,
      a-1|6|0,a-1,6,high,3,2026-09-10T00:00:00Z,

      """
    let entries = try upcoming(
      ["in/asset-2026-09-10.csv": asset, "in/finding-2026-09-17.csv": findings],
      controls: "  VM-02: {owner: p-6}")
    #expect(
      said(entries.filter { $0.kind == .vulnerabilityDeadline }) == [
        "2026-09-19 vulnerability_deadline VM-02 2 [\"a-1|2|0\", \"a-1|3|0\"]",
        "2026-09-20 vulnerability_deadline VM-02 1 [\"a-1|1|0\"]",
      ])
    #expect(entries.first { $0.kind == .vulnerabilityDeadline }?.owner == "p-6")
  }

  @Test func aWaiverThatEndsIsNamed() throws {
    let waivers = """
      waivers:
        - {id: W-1, control: AST-01, item: a-1, attribute: A, reason: r, measure: m, approver: p-1, approved_at: 2026-08-01, expires_at: 2026-09-25}
        - {id: W-2, control: AST-01, item: a-2, attribute: A, reason: r, measure: m, approver: p-1, approved_at: 2026-08-01, expires_at: 2026-12-25}
      """
    let entries = try upcoming(
      ["in/asset-2026-09-10.csv": asset], controls: "  AST-01: {owner: p-9}", more: waivers)
    #expect(
      said(entries.filter { $0.kind == .waiverExpires })
        == ["2026-09-25 waiver_expires AST-01 1 [\"a-1\"]"])
  }

  @Test func tableAndJSONHaveThem() throws {
    let entry = Upcoming(
      due: Instant(year: 2026, month: 9, day: 25), kind: .evidenceStale, control: "HST-02",
      text: "the newest evidence gets older than 31 days", action: "collect again", owner: "p-2")
    let other = Upcoming(
      due: entry.due, kind: .evidenceStale, control: "NET-01", text: entry.text,
      action: entry.action, owner: "p-2")
    let assessment = Assessment(
      engagement: Engagement(
        organization: "Example", slug: "example", system: "Books", systemDescription: "",
        categories: [.security], zone: .utc, adoptions: [], parameters: [], waivers: [],
        exclusions: [], aliases: [:]),
      period: Period(
        id: "2026-Q3", start: Instant(year: 2026, month: 7, day: 1),
        end: Instant(year: 2026, month: 10, day: 1)),
      asOf: Instant(year: 2026, month: 9, day: 18), conclusions: [], notAdopted: [], criteria: [],
      kpis: [], evidence: [], diagnostics: [], incomplete: [], upcoming: [entry, other])
    let table = CheckTable.text(assessment, width: 100, color: false)
    #expect(table.contains("Due in the next 14 days, until 2026-10-02"))
    #expect(table.contains("  2026-09-25 the newest evidence gets older than 31 days"))
    // One line for all controls that ask for the same.
    #expect(table.contains("(HST-02 NET-01; p-2)"))
    let json = CheckJSON.text(assessment)
    #expect(json.contains("\"upcoming\": [\n    {\n      \"due\": \"2026-09-25\","))
    #expect(json.contains("\"kind\": \"evidence_stale\""))
  }
}

/// Names of hosts that fit several assets, as `check` and `collect` say them.
@Suite struct IdentityDiagnosticsTests {
  @Test func aNameThatFitsTwoAssetsIsAWarningOfCheckAndCollect() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      let files = [
        "vouch.yaml": """
        organization: {name: Example}
        system: {name: Books, description: d}
        zone: UTC
        period: 2026-Q3
        controls: {AST-01: {owner: p-1}}
        sources: {all: {file: "in/*", zone: UTC}}
        """,
        "in/asset-2026-10-01.csv": """
        asset_id,hostname,kind,in_scope,first_seen
        a-1,db.north.example,server,true,2025-01-01
        a-2,db.south.example,server,true,2025-01-01

        """,
        "in/patch_event-2026-10-01.csv": """
        asset_id,package,advisory,cves,released_at,applied_at,method
        db,openssl,U-1,CVE-2026-0001,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,package

        """,
      ]
      for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      let collected = try Program.run(vouch, ["collect"], in: folder)
      #expect(
        collected.err.contains("1 name fits several assets: db (a-1, a-2)"), "\(collected.err)")
      let checked = try Program.run(vouch, ["check", "--format", "json"], in: folder)
      #expect(checked.out.contains("\"id\": \"identity.conflict\""))
    }
  }
}
