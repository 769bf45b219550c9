import VouchModel

/// The workpapers against `data/check.json`.
enum WorkpapersCheck {
  private static let blank = Check(
    "workpapers", "The workpapers list what data/check.json counts")

  /// - Parameter deviations: what ``deviations(_:_:)`` found.
  static func run(_ context: Context, deviations: [Finding]) -> Check {
    var check = blank
    guard let document = context.check else {
      return check.skipping("data/check.json could not be read")
    }
    for control in document.controls { comparePopulation(of: control, context, &check) }
    let known = Set(document.controls.map { PackageLayout.population(of: $0.id) })
    for path in context.package.files.keys
    where path.isIn(PackageLayout.populations) && !known.contains(path) {
      check.find("unknown", path, "is the population of no control")
    }
    check.findings += deviations
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

  /// `deviations.csv` has one row for each item and deciding attribute that `check.json` lists;
  /// rows of attributes that do not decide are for information.
  static func deviations(_ document: CheckDocument, _ package: any PackageContents) -> [Finding] {
    var check = blank
    let path = PackageLayout.deviations
    var width: Int?
    var positions: [Int]?
    var ragged = 0
    var listed = ListedItems()
    let isWhole = package.readRows(path, for: &check) { row in
      guard let count = width else {
        let header = TableColumns(row.texts)
        width = header.count
        positions = header.positions("control", "item", "attribute", "result", "decides")
        return
      }
      guard let at = positions, row.count == count else {
        ragged += 1
        return
      }
      if row.bytes(at[4]).elementsEqual("false".utf8) { return }
      listed.add(
        to: row.bytes(at[0]), item: row.bytes(at[1]), attribute: row.bytes(at[2]),
        result: row.bytes(at[3]))
    }
    guard isWhole else { return check.findings }
    if positions == nil {
      check.find("columns", path, "is no table with Control, Item, Attribute, Result and Decides")
      return check.findings
    }
    if ragged > 0 { check.find("malformed", path, "has \(ragged) rows unlike its header") }
    for control in document.controls {
      listed[control.id].compare(with: control.items, of: control.id, at: path, &check)
    }
    for id in listed.controls.sorted() where document.control(id) == nil {
      check.find("unknown", path, "has rows of a control '\(id)' that is not in data/check.json")
    }
    return check.findings
  }

  // MARK: The matrix

  /// `control-matrix.csv` has one row for each control, with its verdict and counts.
  private static func compareMatrix(
    _ document: CheckDocument, _ context: Context, _ check: inout Check
  ) {
    let path = PackageLayout.controlMatrix
    var rows: [[String]] = []
    guard context.package.readRows(path, for: &check, { rows.append($0.texts) }) else { return }
    let columns = TableColumns(rows.first ?? [])
    guard let at = columns.positions("control", "management's result") else {
      check.find("columns", path, "is no table with Control and Management's result")
      return
    }
    var listed: Set<String> = []
    for row in rows.dropFirst() {
      guard row.count == columns.count else {
        check.find("malformed", path, "has a row unlike its header")
        continue
      }
      guard let figures = document.control(row[at[0]]), listed.insert(figures.id).inserted else {
        check.find("unknown", path, "lists '\(row[at[0]])' twice, or data/check.json does not")
        continue
      }
      let words = figures.verdict.replacing("_", with: " ")
      if row[at[1]].lowercased() != words {
        check.find(
          "verdict", path, "has another verdict of \(figures.id)", expected: words,
          actual: row[at[1]])
      }
      if let column = columns["population sha-256"], !row[column].isEmpty,
        context.redactedFrom == nil
      {
        let table = PackageLayout.population(of: figures.id)
        let actual = context.populationDigest(table, for: &check)
        if let actual, actual.hex != row[column] {
          check.find(
            "population-digest", path, "has another digest of the population of \(figures.id)",
            expected: actual.hex, actual: row[column])
        }
      }
      for (name, value) in figures.counts {
        guard let column = columns[name], row[column] != String(value) else { continue }
        check.find(
          "count", path, "has another \(name) of \(figures.id)", expected: String(value),
          actual: row[column])
      }
    }
    for control in document.controls where !listed.contains(control.id) {
      check.find("control-missing", path, "does not list \(control.id)")
    }
  }
}
