import VouchModel
import Yams

/// An example of a control: its documentation and its test in one.
public struct ControlExample: Sendable {
  public let name: String
  /// Rows by record type, or by the names `collected` and `exclusion`.
  public let given: [(table: String, rows: [[(column: String, value: Value)]])]
  public let parameters: [Engagement.Parameter]
  public let period: Period
  public let asOf: Instant
  public let verdict: Verdict
  /// Items and attributes that deviate, `item|attribute` pairs.
  public let deviations: [(item: String, attribute: String)]
  public let unknown: [(item: String, attribute: String)]
  /// `templates/controls/…yaml:41`.
  public let place: String
}

/// A control file: the control and its examples.
public struct ControlFile: Sendable {
  public let control: Control
  public let examples: [ControlExample]
}

/// Reads control files and says everything that is wrong with them at once.
public enum ControlLoader {
  /// Loads one file.
  ///
  /// - Parameters:
  ///   - text: the YAML.
  ///   - file: its name, for messages.
  /// - Returns: the control, or nil and the reasons.
  public static func load(_ text: String, file: String) -> (ControlFile?, [Diagnostic]) {
    load(text, file: file, with: YAMLReader(file: file, topic: "control"))
  }

  /// The keys that loading a file looks for: ``YAMLReader/keys``.
  public static func keys(of text: String) -> Set<String> {
    let reader = YAMLReader(file: "", topic: "control")
    _ = load(text, file: "", with: reader)
    return reader.keys
  }

  private static func load(
    _ text: String, file: String, with reader: YAMLReader
  ) -> (ControlFile?, [Diagnostic]) {
    guard let map = reader.open(text) else { return (nil, reader.problems) }
    let control = control(map, text: text, file: file)
    let examples = map.maps("examples").compactMap { example($0) }
    _ = map.node("seed")
    map.end()
    if !reader.problems.isEmpty { return (nil, reader.problems) }
    return (ControlFile(control: control, examples: examples), [])
  }

  private static func control(_ map: YAMLReader.Map, text: String, file: String) -> Control {
    let id = map.required("id")
    if id.wholeMatch(of: /[A-Z]{2,4}-[0-9]{2}/) == nil {
      map.problem(
        "id", "id", "'\(id)' is not a control id",
        why: "an id is an area of two to four capitals, a hyphen and two digits: VM-02",
        fix: "write it like VM-02, and name the file the same")
    }
    let criteria = map.strings("criteria")
    for criterion in criteria where !Criterion.ids.contains(criterion) {
      let hint =
        nearest(to: criterion, among: Criterion.ids).map { "; did you mean '\($0)'?" } ?? ""
      map.problem(
        "criterion", "criteria", "control '\(id)' names criterion '\(criterion)'\(hint)",
        why: "there are 61 trust services criteria and this is none of them",
        fix: "vouch criteria lists all of them")
    }
    if criteria.isEmpty {
      map.problem(
        "no-criterion", "criteria", "control '\(id)' names no criterion",
        why: "a control that addresses no criterion has no place in a package",
        fix: "add 'criteria: [CC7.1]'; vouch criteria lists them")
    }
    let population = population(map)
    let attributes = map.maps("attributes").map(attribute)
    if !attributes.contains(where: \.decides) {
      map.problem(
        "no-attribute", "attributes", "control '\(id)' has no attribute that decides",
        why: "a rule that cannot fail proves nothing",
        fix: "give one attribute an 'expr:' and leave out 'decides: false'")
    }
    let also = map.strings("also").compactMap { word -> Category? in
      if let category = Category(rawValue: word) { return category }
      map.problem(
        "word", "also", "'\(word)' is not a category",
        fix: "categories are \(Category.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    var requires: [RecordType] = []
    for name in map.strings("requires") {
      if let type = RecordType.named(name) {
        requires.append(type)
      } else {
        let hint =
          nearest(to: name, among: RecordType.all.map(\.name)).map { "; did you mean '\($0)'?" }
          ?? ""
        map.problem(
          "record-type", "requires", "'\(name)' is not a record type\(hint)",
          fix: "vouch query --tables describes them all")
      }
    }
    var control = Control(
      id: id, title: map.required("title"), activity: map.required("activity"),
      category: map.choice("category", Category.self) ?? .security, also: also,
      criteria: criteria, automation: map.required("automation"), nature: map.required("nature"),
      frequency: map.required("frequency"), sources: map.strings("sources"),
      population: population, completeness: completeness(map),
      mode: map.choice("mode", Control.Mode.self) ?? .fullPopulation, attributes: attributes,
      tolerance: tolerance(map), empty: map.choice("empty", Verdict.self) ?? .insufficientEvidence,
      maxGapDays: map.int("max_gap_days"), requires: requires, coverage: map.string("coverage"),
      means: map.required("means"), fix: map.required("fix"), file: file,
      digest: .sha256(text))
    control.lines = lines(map)
    return control
  }

  /// Where each piece of SQL begins.
  private static func lines(_ map: YAMLReader.Map) -> [String: Int] {
    func line(_ node: Node?) -> Int? { node?.mark?.line }
    var lines: [String: Int] = [:]
    for (group, keys) in [("population", ["sql"]), ("completeness", ["sql", "counts"])] {
      guard let inner = map.node(group)?.mapping else { continue }
      for key in keys { lines["\(group).\(key)"] = line(inner[Node(key)]) }
    }
    lines["coverage"] = line(map.node("coverage"))
    for attribute in map.node("attributes")?.sequence ?? [] {
      guard let key = attribute.mapping?["key"]?.string else { continue }
      lines["attributes.\(key).expr"] = line(attribute.mapping?["expr"])
    }
    return lines
  }

  private static func population(_ map: YAMLReader.Map) -> Control.Population {
    guard let population = map.map("population") else {
      map.missing("population")
      return Control.Population(of: "", where: "", sql: "")
    }
    defer { population.end() }
    return Control.Population(
      of: population.required("of"), where: population.required("where"),
      sql: population.required("sql"))
  }

  private static func completeness(_ map: YAMLReader.Map) -> Control.Completeness {
    guard let completeness = map.map("completeness") else {
      map.missing("completeness")
      return Control.Completeness(text: "", sql: nil, counts: nil)
    }
    defer { completeness.end() }
    let value = Control.Completeness(
      text: completeness.required("text"), sql: completeness.string("sql"),
      counts: completeness.string("counts"),
      isByConstruction: completeness.flag("by_construction") ?? false)
    if value.sql == nil, !value.isByConstruction {
      completeness.problem(
        "completeness", "sql", "the population is held against nothing",
        why: "a population that cannot be reconciled is insufficient evidence, never a pass",
        fix:
          "add 'sql:' with a SELECT of item and difference, or 'by_construction: true' when the calendar makes the population"
      )
    }
    return value
  }

  private static func attribute(_ map: YAMLReader.Map) -> Control.Attribute {
    defer { map.end() }
    let key = map.required("key")
    if key.wholeMatch(of: /[A-Z]/) == nil {
      map.problem(
        "attribute-key", "key", "the attribute's key '\(key)' is not one capital letter",
        why: "workpapers and waivers refer to it", fix: "write A, B, C and so on")
    }
    return Control.Attribute(
      key: key, text: map.required("text"), expr: map.required("expr"),
      decides: map.flag("decides") ?? true, attested: map.flag("attested") ?? false)
  }

  private static func tolerance(_ map: YAMLReader.Map) -> Control.Tolerance {
    guard let tolerance = map.map("tolerance") else { return Control.Tolerance() }
    defer { tolerance.end() }
    let rate = tolerance.real("rate") ?? 0
    if !(0..<1).contains(rate) {
      tolerance.problem(
        "tolerance", "rate", "a tolerated rate of \(rate) is not in [0, 1)",
        why: "a rate of 1 would tolerate everything", fix: "write a share such as 0.05")
    }
    return Control.Tolerance(deviations: tolerance.int("deviations") ?? 0, rate: rate)
  }

  private static func example(_ map: YAMLReader.Map) -> ControlExample? {
    defer { map.end() }
    let periodText = map.string("period") ?? "2026-Q3"
    guard let period = Period(periodText) else {
      map.problem(
        "period", "period", "'\(periodText)' is not a period",
        fix: "write 2026-Q3, 2026-07 or 2026-07-01..2026-10-01")
      return nil
    }
    var given: [(table: String, rows: [[(column: String, value: Value)]])] = []
    if let tables = map.map("given") {
      for (name, node) in tables.entries() {
        let type = RecordType.named(name)
        let extra = ["collected", "exclusion", "evidence_item", "adopted_control"]
        if type == nil, !extra.contains(name) {
          let hint =
            nearest(to: name, among: RecordType.all.map(\.name)).map { "; did you mean '\($0)'?" }
            ?? ""
          map.reader.problem(
            "record-type", node, "'\(name)' is not a record type\(hint)",
            fix: "vouch query --tables describes them all")
          continue
        }
        guard case .sequence(let rows) = node else {
          map.reader.problem(
            "type", node, "'given.\(name)' has to be a list of records",
            fix: "write '- {column: value}' for each")
          continue
        }
        given.append((name, rows.compactMap { row($0, type, map.reader) }))
      }
    }
    var parameters: [Engagement.Parameter] = []
    if let overrides = map.map("parameters") {
      for (name, node) in overrides.entries() {
        if case .mapping(let table) = node {
          for (key, value) in table {
            parameters.append(
              .init(name: name, key: key.scalar?.string ?? "", value: value.recordValue, from: nil))
          }
        } else {
          parameters.append(.init(name: name, key: "", value: node.recordValue, from: nil))
        }
      }
    }
    return ControlExample(
      name: map.required("name"), given: given, parameters: parameters, period: period,
      asOf: map.instant("as_of", zone: .utc) ?? period.end,
      verdict: map.choice("verdict", Verdict.self) ?? .insufficientEvidence,
      deviations: pairs(map, "deviations"), unknown: pairs(map, "unknown"), place: map.place)
  }

  private static func row(
    _ node: Node, _ type: RecordType?, _ reader: YAMLReader
  ) -> [(column: String, value: Value)]? {
    guard case .mapping(let mapping) = node else {
      reader.problem(
        "type", node, "a record has to be a mapping of columns to values",
        fix: "write {column: value}")
      return nil
    }
    let origin = RecordType.originColumns.map(\.name)
    return mapping.compactMap { (key, value) -> (column: String, value: Value)? in
      let name = key.scalar?.string ?? ""
      let column = type?.columns.first { $0.name == name }
      if let type, column == nil, !origin.contains(name) {
        let hint =
          nearest(to: name, among: type.columns.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
        reader.problem(
          "column", key, "record type '\(type.name)' has no column '\(name)'\(hint)",
          fix: "vouch query --tables describes its columns")
        return nil
      }
      var result = value.recordValue
      // Times stand in examples as people write them.
      if case .text(let text) = result, column?.kind == .instant || column == nil,
        let time = WrittenTime(iso: text)
      {
        result = .instant(Zone.utc.instant(time))
      } else if column?.kind == .instant, case .text(let text) = result {
        reader.problem(
          "time", value, "'\(name)' is not a date or time: '\(text)'",
          fix: "write 2026-07-01 or 2026-07-01T08:00:00Z")
      }
      return (name, result)
    }
  }

  private static func pairs(_ map: YAMLReader.Map, _ key: String) -> [(
    item: String, attribute: String
  )] {
    map.maps(key).map { pair in
      defer { pair.end() }
      return (pair.required("item"), pair.required("attribute"))
    }
  }
}
