import Foundation
import GRDB
import Testing
import VouchControls
import VouchModel

/// A control made for one test, from the lines that matter.
private func control(
  _ lines: String, attributes: String = "- {key: A, text: Is good, expr: good}"
) throws -> Control {
  let text = """
    id: TST-01
    title: A control for tests
    activity: Things are good.
    category: security
    criteria: [CC7.1]
    automation: full
    nature: detective
    frequency: weekly
    sources: []
    mode: full_population
    attributes:
      \(attributes)
    means: Something is not good.
    fix: Make it good.
    \(lines)
    """
  let (file, problems) = ControlLoader.load(text, file: "templates/controls/TST/TST-01.yaml")
  #expect(problems.isEmpty, "\(problems.map(\.rendered))")
  return try #require(file).control
}

private let simple = """
  population:
      of: service
      where: all
      sql: SELECT service_id AS item, evidence, place, in_scope AS good FROM service
  completeness: {text: none, by_construction: true}
  empty: not_operated
  """

private struct Setup {
  var services: [(id: String, good: String)] = []
  var parameters: [Engagement.Parameter] = []
  var waivers: [Engagement.Waiver] = []
  var exclusions: [Engagement.Exclusion] = []
  var sql: [String] = []
  var asOf: String?

  func conclude(_ control: Control) throws -> (Conclusion, [Diagnostic]) {
    let queue = try DatabaseQueue()
    let period = try #require(Period("2026-Q3"))
    let engagement = Engagement(
      organization: "Test", slug: "test", system: "", systemDescription: "",
      categories: [.security], zone: .utc, adoptions: [], parameters: parameters,
      waivers: waivers, exclusions: exclusions, aliases: [:])
    return try queue.write { db in
      for statement in RecordSchema.tables + RecordSchema.evidenceTables + sql {
        try db.execute(sql: statement)
      }
      for service in services {
        try db.execute(
          sql: "INSERT INTO service(service_id, in_scope) VALUES ('\(service.id)', \(service.good))"
        )
      }
      let evaluator = Evaluator(
        db, engagement: engagement, period: period,
        asOf: try asOf.map { try #require(WrittenTime(iso: $0)).local } ?? period.end)
      let conclusion = try evaluator.conclude(
        control, adoption: .init(control: control.id, owner: "p-1"))
      return (conclusion, evaluator.diagnostics)
    }
  }
}

struct VerdictRuleTests {
  @Test(arguments: [
    (["1", "1"], Verdict.pass), (["1", "0"], .fail), (["1", "NULL"], .insufficientEvidence),
    (["0", "NULL"], .fail), ([], .notOperated),
  ])
  func trueFalseAndUnknownDecide(values: [String], verdict: Verdict) throws {
    let setup = Setup(services: values.enumerated().map { ("s\($0)", $1) })
    #expect(try setup.conclude(try control(simple)).0.verdict == verdict)
  }

  @Test func toleranceDoesNotHideADeviation() throws {
    let setup = Setup(services: (0..<20).map { ("s\($0)", $0 == 7 ? "0" : "1") })
    let (conclusion, _) = try setup.conclude(try control(simple + "\ntolerance: {rate: 0.05}"))
    #expect(conclusion.verdict == .pass)
    #expect(conclusion.deviations == 1)
    #expect(conclusion.items.map(\.item) == ["s7"])
  }

  @Test func aMissingStatementIsPendingAndNotADeviation() throws {
    let attested = try control(
      simple, attributes: "- {key: A, text: Somebody says so, expr: good, attested: true}")
    let (conclusion, _) = try Setup(services: [("s", "0")]).conclude(attested)
    #expect(conclusion.verdict == .attestationPending)
    #expect(conclusion.deviations == 0)
  }

  @Test func aRequiredTypeWithoutEvidenceIsNeverAPass() throws {
    let (conclusion, _) = try Setup(services: [("s", "1")]).conclude(
      try control(simple + "\nrequires: [service]"))
    #expect(conclusion.verdict == .insufficientEvidence)
  }

  @Test func incompleteEvidenceIsNeverAPass() throws {
    let partial = [
      "INSERT INTO evidence_item(evidence, evidence_id, source, sha256) VALUES (1, 'e', 'list', 'ab')",
      "INSERT INTO collected VALUES ('service', 1, 1790812800, NULL, 1790812800, 0)",
    ]
    let (conclusion, _) = try Setup(services: [("s", "1")], sql: partial).conclude(
      try control(simple + "\nrequires: [service]"))
    #expect(conclusion.verdict == .insufficientEvidence)
    #expect(conclusion.reason.contains("incomplete"))
  }

  @Test func aDeviationCountsAlthoughTheEvidenceIsIncomplete() throws {
    let (conclusion, _) = try Setup(services: [("s", "0")]).conclude(
      try control(simple + "\nrequires: [service]"))
    #expect(conclusion.verdict == .fail)
  }

  @Test func anUnexplainedDifferenceIsNeverAPass() throws {
    let reconciled = simple.replacing(
      "completeness: {text: none, by_construction: true}",
      with: "completeness: {text: x, sql: \"SELECT 'ghost' AS item, 'not listed' AS difference\"}")
    var setup = Setup(services: [("s", "1")])
    #expect(try setup.conclude(try control(reconciled)).0.verdict == .insufficientEvidence)
    setup.exclusions = [.init(kind: "difference", thing: "ghost", reason: "known", approver: "p-1")]
    let (conclusion, _) = try setup.conclude(try control(reconciled))
    #expect(conclusion.verdict == .pass)
    #expect(conclusion.differences.map(\.explanation) == ["known"])
  }

  @Test func aScopedOutControlIsNotApplicableWithItsReason() throws {
    let setup = Setup(
      services: [("s", "0")],
      exclusions: [
        .init(kind: "control", thing: "TST-01", reason: "no such system", approver: "p-1")
      ])
    let (conclusion, _) = try setup.conclude(try control(simple))
    #expect(conclusion.verdict == .notApplicable)
    #expect(conclusion.reason == "no such system")
  }
}

struct WaiverTests {
  private func waiver(expires: Instant) -> Engagement.Waiver {
    .init(
      id: "W-1", control: "TST-01", item: "s", attribute: "A", reason: "r", measure: "m",
      approver: "p-1", approvedAt: Instant(year: 2026, month: 7, day: 1), expiresAt: expires)
  }

  @Test func aWaiverStandsBesideTheRealResult() throws {
    let setup = Setup(
      services: [("s", "0")], waivers: [waiver(expires: Instant(year: 2027, month: 1, day: 1))])
    let (conclusion, _) = try setup.conclude(try control(simple))
    #expect(conclusion.verdict == .pass)
    #expect(conclusion.waived == 1)
    #expect(conclusion.items.map(\.result) == [.false])
    #expect(conclusion.items.map(\.waiver) == ["W-1"])
  }

  @Test func anExpiredWaiverWaivesNothing() throws {
    let setup = Setup(
      services: [("s", "0")], waivers: [waiver(expires: Instant(year: 2026, month: 9, day: 1))])
    #expect(try setup.conclude(try control(simple)).0.verdict == .fail)
  }
}

struct SliceTests {
  @Test func aParameterChangedInsideThePeriodSplitsIt() throws {
    let limit = """
      population:
          of: service
          where: all
          sql: SELECT service_id || '|' || (SELECT scan_interval_days FROM policy) AS item, NULL AS evidence, NULL AS place, (SELECT scan_interval_days FROM policy) <= 7 AS good FROM service
      completeness: {text: none, by_construction: true}
      empty: not_operated
      """
    var setup = Setup(services: [("s", "1")])
    setup.parameters = [
      .init(name: "scan_interval_days", key: "", value: .integer(7), from: nil),
      .init(
        name: "scan_interval_days", key: "", value: .integer(14),
        from: Instant(year: 2026, month: 8, day: 1)),
    ]
    let (conclusion, _) = try setup.conclude(try control(limit))
    #expect(conclusion.slices.map(\.verdict) == [.pass, .fail])
    #expect(conclusion.slices.map(\.slice.start.date) == ["2026-07-01", "2026-08-01"])
    #expect(conclusion.slices[0].slice.end == conclusion.slices[1].slice.start)
    #expect(conclusion.items.map(\.item) == ["s|14"])
  }
}

struct HostileRuleTests {
  /// Each has to be refused or stopped, with a message, and leave the control without a verdict
  /// of pass.
  @Test(arguments: [
    ("DELETE FROM service", "only read"),
    ("ATTACH '/etc/passwd' AS x", "attach"),
    ("SELECT load_extension('x') AS item, 1 AS evidence, 1 AS place, 1 AS good", "outside"),
    ("SELECT 1 AS item, 1 AS evidence, 1 AS place, random() AS good", "outside"),
    ("SELECT current_timestamp AS item, 1 AS evidence, 1 AS place, 1 AS good", "clock"),
    ("PRAGMA table_info(service)", "PRAGMA"),
    ("SELECT 1 AS item; DROP TABLE service", "only read"),
    ("SELECT nothing AS item, 1 AS evidence, 1 AS place, 1 AS good FROM service", "no such column"),
  ])
  func aRuleCanOnlyRead(sql: String, message: String) throws {
    let hostile = """
      population:
          of: service
          where: all
          sql: "\(sql)"
      completeness: {text: none, by_construction: true}
      empty: pass
      """
    let (conclusion, diagnostics) = try Setup(services: [("s", "1")]).conclude(try control(hostile))
    #expect(conclusion.verdict == .insufficientEvidence)
    #expect(diagnostics.contains { $0.id == "control.sql" })
    _ = message
  }
}

struct LoaderTests {
  @Test func saysEverythingThatIsWrongAtOnce() {
    let (file, problems) = ControlLoader.load(
      """
      id: VM2
      titel: Misspelt
      criteria: [CC6.11, CC9.9]
      category: securty
      mode: full
      attributes: []
      """, file: "templates/controls/VM/VM-02.yaml")
    #expect(file == nil)
    let ids = Set(problems.map(\.id))
    #expect(
      ids.isSuperset(of: [
        "control.id", "control.criterion", "control.word", "control.missing", "control.unknown-key",
        "control.no-attribute",
      ]))
    #expect(problems.contains { $0.text.contains("did you mean 'CC6.1'?") })
    #expect(problems.contains { $0.text.contains("did you mean 'security'?") })
    #expect(problems.contains { $0.text.contains("did you mean 'title'?") })
    #expect(problems.allSatisfy { $0.at.hasPrefix("templates/controls/VM/VM-02.yaml:") })
  }

  @Test func refusesAPopulationHeldAgainstNothing() {
    let (_, problems) = ControlLoader.load(
      "completeness: {text: trust us}", file: "x.yaml")
    #expect(problems.contains { $0.id == "control.completeness" })
  }
}
