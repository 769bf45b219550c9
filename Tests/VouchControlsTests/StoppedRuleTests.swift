import Foundation
import GRDB
import Testing
import VouchControls
import VouchModel

/// A rule is text that somebody wrote: one that reaches outside, writes, never ends or fills the
/// memory is refused or stopped, with its place, and costs its own control only.
@Suite struct StoppedRuleTests {
  /// A control whose population is `sql`, in line 12 of its file.
  static func control(_ sql: String, extra: String = "", expr: String = "good") throws -> Control {
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
      population:
        of: service
        where: all
        sql: \(JSONText.quoted(sql))
      completeness: {text: none, by_construction: true}
      empty: not_operated
      attributes:
        - {key: A, text: Is good, expr: \(JSONText.quoted(expr))}
      means: Something is not good.
      fix: Make it good.
      \(extra)
      """
    let (file, problems) = ControlLoader.load(text, file: "templates/controls/TST/TST-01.yaml")
    #expect(problems.isEmpty, "\(problems.map(\.rendered))")
    return try #require(file).control
  }

  static func conclude(
    _ control: Control, steps: Int = 30_000_000
  ) throws -> (Conclusion, [Diagnostic]) {
    let queue = try DatabaseQueue()
    let period = try #require(Period("2026-Q3"))
    let engagement = Engagement(
      organization: "Test", slug: "test", system: "", systemDescription: "",
      categories: [.security], zone: .utc, adoptions: [], parameters: [], waivers: [],
      exclusions: [], aliases: [:])
    return try queue.write { db in
      for statement in RecordSchema.tables + RecordSchema.evidenceTables {
        try db.execute(sql: statement)
      }
      try db.execute(sql: "INSERT INTO service(service_id, in_scope, name) VALUES ('s1', 1, '{')")
      let evaluator = Evaluator(
        db, engagement: engagement, period: period, asOf: period.end, steps: steps)
      let conclusion = try evaluator.conclude(
        control, adoption: .init(control: control.id, owner: "p-1"))
      return (conclusion, evaluator.diagnostics)
    }
  }

  private static func expectStopped(_ control: Control, _ word: String, line: Int = 14) throws {
    let began = Date()
    let (conclusion, diagnostics) = try conclude(control)
    #expect(conclusion.verdict == .insufficientEvidence)
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.id == "control.sql")
    #expect(diagnostics.first?.at == "templates/controls/TST/TST-01.yaml:\(line)")
    #expect(diagnostics.first?.text.contains(word) == true, "\(diagnostics.map(\.text))")
    #expect(Date().timeIntervalSince(began) < 60)
  }

  static let row = "AS item, NULL AS evidence, NULL AS place, 1 AS good"

  @Test(arguments: [
    ("SELECT readfile('/etc/passwd') \(StoppedRuleTests.row)", "readfile"),
    ("SELECT writefile('/tmp/x', 'y') \(StoppedRuleTests.row)", "writefile"),
    ("SELECT load_extension('/tmp/x.so') \(StoppedRuleTests.row)", "load_extension"),
    ("SELECT edit('x') \(StoppedRuleTests.row)", "edit"),
    ("SELECT fts3_tokenizer('x') \(StoppedRuleTests.row)", "fts3_tokenizer"),
    ("SELECT random() \(StoppedRuleTests.row)", "random"),
    ("SELECT current_timestamp \(StoppedRuleTests.row)", "current_timestamp"),
    ("SELECT date('now') \(StoppedRuleTests.row)", "reads the clock"),
    ("SELECT datetime( /* of today */ ) \(StoppedRuleTests.row)", "reads the clock"),
    ("SELECT strftime('%s') \(StoppedRuleTests.row)", "reads the clock"),
    ("SELECT datetime(0, 'unixepoch', 'LocalTime') \(StoppedRuleTests.row)", "reads the clock"),
    ("SELECT name \(StoppedRuleTests.row) FROM pragma_database_list", "can only read"),
  ])
  func refusesWhatReachesOutside(sql: String, word: String) throws {
    try Self.expectStopped(try Self.control(sql), word)
  }

  @Test func aDateOfARecordIsNoClock() throws {
    let sql = """
      SELECT strftime('%Y-%m-%d', at, 'unixepoch') || date(at, 'unixepoch') || 'now' || coalesce(name, 'now()') \(StoppedRuleTests.row)
      FROM service -- date('now') is refused
      """
    #expect(try Self.conclude(try Self.control(sql)).1.isEmpty)
  }

  /// They are no SELECT, so they cannot even stand in a population; a coverage stands alone.
  @Test(arguments: [
    ("DELETE FROM service", "can only read"), ("ATTACH '/tmp/x' AS y", "attach"),
    ("PRAGMA journal_mode = OFF", "PRAGMA"), ("DROP TABLE service", "can only read"),
    ("CREATE TEMP TABLE t(x)", "can only read"), ("VACUUM INTO '/tmp/x'", "writes"),
    ("SELECT 1 AS at; DELETE FROM service", "more than one statement"),
    ("INSERT INTO service(service_id) SELECT 'x' RETURNING 1 AS at", "can only read"),
  ])
  func refusesWhatIsNoSelect(sql: String, word: String) throws {
    let control = try Self.control(
      "SELECT service_id \(StoppedRuleTests.row) FROM service",
      extra: "coverage: \(JSONText.quoted(sql))")
    try Self.expectStopped(control, word, line: 21)
  }

  @Test(arguments: [
    // Ends never.
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) \(StoppedRuleTests.row) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i \(StoppedRuleTests.row) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n), m AS (SELECT i FROM n LIMIT 100000) SELECT count(*) \(StoppedRuleTests.row) FROM m a, m b, m c",
  ])
  func stopsWhatNeverEnds(sql: String) throws {
    try Self.expectStopped(try Self.control(sql), "stopped after 30 million steps")
  }

  @Test(arguments: [
    "SELECT length(zeroblob(1000000000)) \(StoppedRuleTests.row)",
    "SELECT hex(zeroblob(60000000)) \(StoppedRuleTests.row)",
    "SELECT replace(printf('%.60000d', 0), '0', printf('%.60000d', 0)) \(StoppedRuleTests.row)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT length(group_concat(printf('%.60000d', i))) \(StoppedRuleTests.row) FROM n",
  ])
  func refusesAValueThatFillsTheMemory(sql: String) throws {
    try Self.expectStopped(try Self.control(sql), "too big")
  }

  @Test(arguments: [
    "SELECT abs(-9223372036854775808) \(StoppedRuleTests.row)",
    "SELECT json_extract(name, '$.a') \(StoppedRuleTests.row) FROM service",
  ])
  func aRecordThatARuleCannotComputeCostsThatControl(sql: String) throws {
    let (conclusion, diagnostics) = try Self.conclude(try Self.control(sql))
    #expect(conclusion.verdict == .insufficientEvidence)
    #expect(diagnostics.map(\.id) == ["control.sql"])
  }

  @Test func anAttributeThatCannotBeCompiledIsNamedByItsLine() throws {
    let control = try Self.control(
      "SELECT service_id \(StoppedRuleTests.row) FROM service", expr: "god")
    try Self.expectStopped(control, "god", line: 18)
  }

  /// Whatever types a rule's other statements give, they are read.
  @Test func columnsOfAnyTypeAreRead() throws {
    let text = """
      completeness:
        text: none
        sql: SELECT 5 AS item, 1.5 AS difference UNION ALL SELECT x'ff', x'ff' UNION ALL SELECT NULL, NULL
        counts: SELECT 'abc' AS population, NULL AS second
      coverage: SELECT -9223372036854775808 AS at UNION ALL SELECT 'x' UNION ALL SELECT NULL UNION ALL SELECT 9223372036854775807
      """
    var control = try Self.control("SELECT 7 \(StoppedRuleTests.row)")
    let (file, _) = ControlLoader.load(
      """
      id: TST-02
      title: t
      activity: a
      category: security
      criteria: [CC7.1]
      automation: full
      nature: detective
      frequency: weekly
      population: {of: o, where: w, sql: "SELECT 7 AS item, NULL AS evidence, NULL AS place, 1 AS good"}
      attributes: [{key: A, text: t, expr: good}]
      max_gap_days: 9223372036854775807
      empty: pass
      means: m
      fix: f
      \(text)
      """, file: "templates/controls/TST/TST-02.yaml")
    control = try #require(file).control
    let (conclusion, diagnostics) = try Self.conclude(control)
    #expect(diagnostics.isEmpty, "\(diagnostics.map(\.rendered))")
    #expect(conclusion.slices[0].differences.map(\.item) == ["", "", "5"])
  }
}
