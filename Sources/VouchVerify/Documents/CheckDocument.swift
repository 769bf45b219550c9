import VouchModel

/// `data/check.json`: the figures that the rest of the package shows (contract 4).
struct CheckDocument: Sendable {
  struct ControlFigures: Sendable {
    let id: String
    let verdict: String
    let population: Int
    let deviations: Int
    let unknown: Int
    let waived: Int
    let criteria: [String]
    /// Every item that is false, unknown or waived on an attribute that decides.
    let items: ItemCounts
    /// The same as `controls.sql` prints them: line feeds in an item are spaces there.
    let printedItems: ItemCounts

    /// The counts by the names that documents give them.
    var counts: [(name: String, value: Int)] {
      [
        ("population", population), ("deviations", deviations), ("unknown", unknown),
        ("waived", waived),
      ]
    }

    /// A figure by the name that `data-figure` gives it.
    func figure(_ name: Substring) -> String? {
      switch name {
      case "verdict": verdict
      case "population": String(population)
      case "deviations": String(deviations)
      case "unknown": String(unknown)
      case "waived": String(waived)
      default: nil
      }
    }
  }

  struct CriterionFigures: Sendable {
    let id: String
    let verdict: String
    let controls: [String]
  }

  let organization: String
  let asOf: String
  let period: String
  let periodStart: String
  let periodEnd: String
  let controls: [ControlFigures]
  let criteria: [CriterionFigures]
  /// Positions by id; of a repeated one the first.
  private let controlIndex: [String: Int]
  private let controlNames: Set<[UInt8]>
  private let criterionIndex: [String: Int]

  /// Bytes; a million deviating items take a third of this.
  static let sizeLimit = 512 << 20

  /// Reads the document; what is wrong with it becomes a finding. Nil when it cannot be read.
  static func read(_ package: any PackageContents) -> (CheckDocument?, Check) {
    var check = Check("check", "data/check.json lists all 61 criteria and its figures agree")
    let path = PackageLayout.check
    guard let bytes = package.bytes(path, limit: sizeLimit, for: &check) else {
      return (nil, check)
    }
    do throws(JSONError) {
      let (json, lists) = try CheckItems.parse(bytes)
      guard json["schema"].string == "vouch-check/1" else {
        check.find(
          "schema", path, "is not of the schema vouch-check/1", actual: json["schema"].text)
        return (nil, check)
      }
      let document = CheckDocument(json, lists, &check)
      document.examine(&check)
      check.note = "\(document.controls.count) controls, \(document.criteria.count) criteria"
      return (document, check)
    } catch {
      check.find("malformed", "\(path):\(error.line)", error.text)
      return (nil, check)
    }
  }

  /// - Parameter lists: the items of controls, by position, that were taken out before.
  private init(_ json: JSON, _ lists: [Int: CheckItems.List], _ check: inout Check) {
    organization = json["organization"].string ?? ""
    asOf = json["as_of"].string ?? ""
    period = json.at("period", "id").string ?? ""
    periodStart = json.at("period", "start").string ?? ""
    periodEnd = json.at("period", "end").string ?? ""
    var controls: [ControlFigures] = []
    for (index, control) in json["controls"].elements.enumerated() {
      let items = lists[index] ?? CheckItems.List(control["items"])
      if let figures = ControlFigures(control, items: items) {
        controls.append(figures)
      } else {
        check.find(
          "malformed", "\(PackageLayout.check)#/controls/\(index)",
          "lacks an id, a verdict or one of its counts")
      }
    }
    self.controls = controls
    criteria = json["criteria"].elements.map {
      CriterionFigures(
        id: $0["id"].string ?? "", verdict: $0["verdict"].string ?? "",
        controls: $0["controls"].elements.compactMap(\.string))
    }
    controlIndex = Self.index(controls.map(\.id))
    controlNames = Set(controls.map { Array($0.id.utf8) })
    criterionIndex = Self.index(criteria.map(\.id))
  }

  private static func index(_ ids: [String]) -> [String: Int] {
    Dictionary(ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func has(control id: UnsafeRawBufferPointer) -> Bool { controlNames.contains(Array(id)) }

  func control(_ id: String) -> ControlFigures? { controlIndex[id].map { controls[$0] } }

  func criterion(_ id: String) -> CriterionFigures? { criterionIndex[id].map { criteria[$0] } }
}

extension CheckDocument.ControlFigures {
  fileprivate init?(_ json: JSON, items: CheckItems.List) {
    guard let id = json["id"].string, let verdict = json["verdict"].string,
      let population = json["population"].integer, let deviations = json["deviations"].integer,
      let unknown = json["unknown"].integer, let waived = json["waived"].integer,
      [population, deviations, unknown, waived].allSatisfy({ (0...1 << 40).contains($0) })
    else { return nil }
    self.id = id
    self.verdict = verdict
    self.population = population
    self.deviations = deviations
    self.unknown = unknown
    self.waived = waived
    criteria = json["criteria"].elements.compactMap(\.string)
    self.items = items.counts
    printedItems = items.printed ?? items.counts
  }
}

// MARK: What has to be the case

extension CheckDocument {
  private func examine(_ check: inout Check) {
    let file = PackageLayout.check
    examineControls(&check)
    let known = Set(Criterion.ids)
    let listed = criteria.map(\.id)
    for id in Criterion.ids where criterion(id) == nil {
      check.find("criterion-missing", file, "does not list the criterion \(id)")
    }
    for id in listed where !known.contains(id) {
      check.find("criterion-unknown", file, "lists a criterion '\(id)' that does not exist")
    }
    for (id, group) in Dictionary(grouping: listed, by: { $0 }) where group.count > 1 {
      check.find("criterion-repeated", file, "lists the criterion \(id) more than once")
    }
    for criterion in criteria { examine(criterion, &check) }
  }

  private func examineControls(_ check: inout Check) {
    let file = PackageLayout.check
    var seen: Set<String> = []
    for control in controls {
      if !seen.insert(control.id).inserted {
        check.find("control-repeated", file, "lists the control \(control.id) more than once")
      }
      if Verdict(rawValue: control.verdict) == nil {
        check.find(
          "verdict", file, "\(control.id) has a verdict that does not exist",
          actual: control.verdict)
      }
      let exceptions = control.deviations + control.unknown + control.waived
      if exceptions > control.population {
        check.find(
          "counts", file, "\(control.id) counts more deviating items than its population",
          expected: "at most \(control.population)", actual: String(exceptions))
      }
      if exceptions > 0, control.items.count == 0 {
        check.find("items", file, "\(control.id) counts deviating items and lists none")
      }
    }
  }

  /// Missing data never passes: a criterion passes only when a control addresses it and none
  /// that does stands worse.
  private func examine(_ criterion: CriterionFigures, _ check: inout Check) {
    let file = PackageLayout.check
    if Verdict(rawValue: criterion.verdict) == nil {
      check.find(
        "verdict", file, "\(criterion.id) has a verdict that does not exist",
        actual: criterion.verdict)
    }
    let verdicts = criterion.controls.map { control($0)?.verdict }
    for (id, verdict) in zip(criterion.controls, verdicts) where verdict == nil {
      check.find(
        "control-unknown", file, "\(criterion.id) names the control \(id), which is not listed")
    }
    for control in controls
    where control.criteria.contains(criterion.id) != criterion.controls.contains(control.id) {
      check.find(
        "criterion-controls", file,
        "\(criterion.id) and \(control.id) do not both name each other")
    }
    guard criterion.verdict == Verdict.pass.rawValue else { return }
    let worst = Verdict.worst(of: verdicts.compactMap { $0.flatMap(Verdict.init) })
    if worst != .pass {
      check.find(
        "criterion-verdict", file, "\(criterion.id) passes although its controls do not",
        expected: worst?.rawValue ?? Verdict.insufficientEvidence.rawValue,
        actual: criterion.verdict)
    }
  }
}
