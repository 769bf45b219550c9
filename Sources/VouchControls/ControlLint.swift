import GRDB
import VouchModel

/// Looks for what is wrong with a control beyond its YAML: SQL that does not compile, a rule that
/// cannot fail, examples that leave cases out, attributes that read like conclusions.
public enum ControlLint {
  public static func lint(
    _ file: ControlFile, defaults: [Engagement.Parameter]
  ) throws -> [Diagnostic] {
    let sql = try compile(file.control, defaults: defaults)
    if !sql.isEmpty { return sql }
    var problems: [Diagnostic] = []
    var conclusions: [Conclusion] = []
    for example in file.examples {
      let (found, conclusion) = try ExampleRunner.run(
        example, of: file.control, defaults: defaults)
      problems += found
      conclusions.append(conclusion)
    }
    return problems + cases(file.control, conclusions) + wording(file.control)
  }

  private static func compile(
    _ control: Control, defaults: [Engagement.Parameter]
  ) throws -> [Diagnostic] {
    let queue = try DatabaseQueue()
    let engagement = Engagement(
      organization: "", slug: "", system: "", systemDescription: "", categories: [], zone: .utc,
      adoptions: [], parameters: defaults, waivers: [], exclusions: [], aliases: [:])
    let period = Period(id: "lint", start: Instant(seconds: 0), end: Instant(seconds: 86400))
    return try queue.write { db in
      for sql in RecordSchema.tables + RecordSchema.evidenceTables { try db.execute(sql: sql) }
      for sql in Context(slice: period, asOf: period.end, engagement: engagement).sql {
        try db.execute(sql: sql)
      }
      let guardian = SQLGuard()
      for (key, sql) in ControlSQL.pieces(control) {
        do {
          let statement = try guardian.compile(sql, on: db)
          if let problem = columns(key, statement) { return [diagnostic(control, key, problem)] }
        } catch let problem as SQLProblem {
          return [diagnostic(control, key, problem.text + suggestion(problem.text, defaults))]
        }
      }
      return []
    }
  }

  private static func columns(_ key: String, _ statement: Statement) -> String? {
    let needed =
      switch key {
      case "population.sql": ["item", "evidence", "place"]
      case "completeness.sql": ["item", "difference"]
      case "completeness.counts": ["population", "second"]
      case "coverage": ["at"]
      default: [String]()
      }
    let missing = needed.filter { !statement.columnNames.contains($0) }
    return missing.isEmpty
      ? nil : "the SELECT gives no column '\(missing.joined(separator: "', '"))'"
  }

  private static func diagnostic(_ control: Control, _ key: String, _ text: String) -> Diagnostic {
    Diagnostic(
      "control.sql", .error, at: control.place(of: key),
      "'\(key)' of control '\(control.id)': \(text)",
      why: "rules are SQL that stock sqlite3 runs over the record tables",
      fix: "vouch query --tables describes the tables and their columns")
  }

  private static func suggestion(_ text: String, _ defaults: [Engagement.Parameter]) -> String {
    let name = text.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    let word = name.split(separator: ".").last.map(String.init) ?? name
    if text.contains("no such table") {
      return nearest(to: word, among: RecordType.all.map(\.name)).map { "; did you mean '\($0)'?" }
        ?? ""
    }
    if text.contains("no such column") {
      let known = RecordType.all.flatMap { $0.columns.map(\.name) } + defaults.map(\.name)
      return nearest(to: word, among: Set(known)).map { "; did you mean '\($0)'?" } ?? ""
    }
    return ""
  }

  /// Each deciding attribute has to be seen false in an example, one has to be unknown somewhere,
  /// and there has to be a pass: otherwise the examples do not show the rule.
  private static func cases(
    _ control: Control, _ conclusions: [Conclusion]
  ) -> [Diagnostic] {
    var falsified: Set<String> = []
    var hasUnknown = false
    var verdicts: Set<Verdict> = []
    for conclusion in conclusions {
      verdicts.insert(conclusion.verdict)
      for item in conclusion.items where item.decides {
        if item.result == .false { falsified.insert(item.attribute) }
        if item.result == .unknown { hasUnknown = true }
      }
    }
    var problems: [Diagnostic] = []
    func add(_ id: String, _ text: String, _ why: String) {
      problems.append(
        Diagnostic(
          "control.\(id)", .warning, at: control.file, text, why: why,
          fix: "add an example that shows it"))
    }
    for attribute in control.attributes
    where attribute.decides && !attribute.attested && !falsified.contains(attribute.key) {
      add(
        "cannot-fail", "no example makes attribute \(attribute.key) of '\(control.id)' false",
        "a rule that was never seen to fail may not be able to")
    }
    if !hasUnknown, !verdicts.contains(.insufficientEvidence) {
      add(
        "no-unknown", "no example of '\(control.id)' shows missing evidence or a missing field",
        "missing data must never pass, and an example has to show it")
    }
    if !verdicts.contains(.pass) {
      add(
        "no-pass", "no example of '\(control.id)' passes", "a rule that cannot pass tells nothing")
    }
    return problems
  }

  private static let conclusions = [
    "compliant", "adequate", "adequately", "appropriate", "appropriately", "effective",
    "effectively", "properly", "sufficient", "satisfactory",
  ]

  private static func wording(_ control: Control) -> [Diagnostic] {
    control.attributes.compactMap { attribute in
      let words = attribute.text.lowercased().split { !$0.isLetter }.map(String.init)
      guard let word = words.first(where: conclusions.contains) else { return nil }
      return Diagnostic(
        "control.conclusion", .warning, at: control.file,
        "attribute \(attribute.key) of '\(control.id)' says '\(word)'",
        why: "an attribute is a statement that is true or false for one item, not a conclusion",
        fix: "say what can be seen on the item")
    }
  }
}
