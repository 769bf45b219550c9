import VouchModel

/// The workpapers against `data/check.json`.
enum WorkpapersCheck {
  static func run(_ context: Context) -> Check {
    var check = Check("workpapers", "The workpapers list what data/check.json counts")
    guard let document = context.check else {
      return check.skipping("data/check.json could not be read")
    }
    for control in document.controls { comparePopulation(of: control, context, &check) }
    for path in context.package.files.keys where path.isIn(PackageLayout.populations) {
      let isKnown = document.controls.contains { PackageLayout.population(of: $0.id) == path }
      if !isKnown { check.find("unknown", path, "is the population of no control") }
    }
    compareDeviations(document, context, &check)
    compareMatrix(document, context, &check)
    check.note = "\(document.controls.count) controls"
    return check.sorted()
  }

  private static func comparePopulation(
    of control: CheckDocument.ControlFigures, _ context: Context, _ check: inout Check
  ) {
    let path = PackageLayout.population(of: control.id)
    guard let table = context.facts[path]?.table else {
      // A control that was not evaluated has no population to list.
      if control.population > 0 {
        check.find(
          "missing", path, "is missing", expected: "\(control.population) rows", actual: nil)
      }
      return
    }
    if table.isCut { check.find("cut", path, "ends inside a row") }
    if table.rows != control.population {
      check.find(
        "population", path, "has other rows than the population of \(control.id)",
        expected: String(control.population), actual: String(table.rows))
    }
  }

  // MARK: Deviations

  /// `deviations.csv` has one row for each item and attribute that `check.json` lists.
  private static func compareDeviations(
    _ document: CheckDocument, _ context: Context, _ check: inout Check
  ) {
    let path = PackageLayout.deviations
    guard let bytes = context.bytes(path, for: &check) else { return }
    guard let table = DelimitedTable(bytes), let control = table.column("control", "control_id"),
      let item = table.column("item"), let attribute = table.column("attribute")
    else {
      check.find("columns", path, "is no table with control, item and attribute")
      return
    }
    var listed: [String: [CheckDocument.Item: Int]] = [:]
    for row in table.rows {
      let key = CheckDocument.Item(
        item: String(plainCell(row[item])), attribute: String(plainCell(row[attribute])))
      listed[row[control], default: [:]][key, default: 0] += 1
    }
    for control in document.controls { compare(listed[control.id] ?? [:], with: control, &check) }
    for id in listed.keys.sorted() where document.control(id) == nil {
      check.find("unknown", path, "has rows of a control '\(id)' that is not in data/check.json")
    }
  }

  private static func compare(
    _ listed: [CheckDocument.Item: Int], with control: CheckDocument.ControlFigures,
    _ check: inout Check
  ) {
    let path = PackageLayout.deviations
    var expected: [CheckDocument.Item: Int] = [:]
    for item in control.items {
      let plain = CheckDocument.Item(item: String(plainCell(item.item)), attribute: item.attribute)
      expected[plain, default: 0] += 1
    }
    let missing = expected.filter { listed[$0.key, default: 0] < $0.value }.count
    let added = listed.filter { expected[$0.key, default: 0] < $0.value }.count
    if missing > 0 {
      check.find(
        "deviation-missing", path, "lacks \(missing) of the deviating items of \(control.id)",
        expected: String(control.items.count), actual: String(listed.values.reduce(0, +)))
    }
    if added > 0 {
      check.find(
        "deviation-added", path,
        "has \(added) items of \(control.id) that data/check.json does not have",
        expected: String(control.items.count), actual: String(listed.values.reduce(0, +)))
    }
  }

  // MARK: Verdicts

  private static func compareMatrix(
    _ document: CheckDocument, _ context: Context, _ check: inout Check
  ) {
    VerdictTable.compare(PackageLayout.controlMatrix, document, context, &check)
  }
}

/// `expected.csv`: what the SQL script has to come to.
enum ExpectedCheck {
  static func run(_ context: Context) -> Check {
    var check = Check("expected", "expected.csv has the verdicts of data/check.json")
    guard let document = context.check else {
      return check.skipping("data/check.json could not be read")
    }
    VerdictTable.compare(PackageLayout.expected, document, context, &check)
    return check.sorted()
  }
}

/// A table that gives every control's verdict, once or once per slice of the period.
enum VerdictTable {
  static func compare(
    _ path: BagPath, _ document: CheckDocument, _ context: Context, _ check: inout Check
  ) {
    guard let bytes = context.bytes(path, for: &check) else { return }
    guard let table = DelimitedTable(bytes),
      let control = table.column("control", "control_id", "id"),
      let verdict = table.column("verdict")
    else {
      check.find("columns", path, "is no table with control and verdict")
      return
    }
    var verdicts: [String: Set<String>] = [:]
    for row in table.rows { verdicts[row[control], default: []].insert(row[verdict]) }
    for control in document.controls {
      let shown = verdicts[control.id] ?? []
      let worst = Verdict.worst(of: shown.compactMap(Verdict.init))?.rawValue
      let isKnown = shown.allSatisfy { Verdict(rawValue: $0) != nil }
      if shown.isEmpty {
        check.find("control-missing", path, "does not list \(control.id)")
      } else if worst != control.verdict || !isKnown {
        check.find(
          "verdict", path, "has another verdict of \(control.id)", expected: control.verdict,
          actual: shown.sorted().joined(separator: ", "))
      }
    }
    for id in verdicts.keys.sorted() where document.control(id) == nil {
      check.find("control-unknown", path, "lists a control '\(id)' that is not in data/check.json")
    }
  }
}
