import VouchModel

/// A control's population as a package has it.
public struct PackagedPopulation: Sendable {
  /// The keys of its items, in the order of the CSV.
  public let keys: [String]
  /// The digest that `package.xml` fixed; nil when it names none.
  public let committed: Digest?
}

extension PackageVerifier {
  /// Reads a control's population from a package, folder or zip, without anything being unpacked.
  ///
  /// Throws ``Refusal`` when there is no such package, or no such population in it.
  public static func population(
    of control: String, in path: String
  ) throws -> PackagedPopulation {
    try opened(path) { package in
      let context = Context(package, facts: [:], options: VerifyOptions())
      let table = PackageLayout.population(of: control)
      guard package.has(table) else {
        throw Refusal(.noInput, .noPopulation(control, in: path))
      }
      var check = Check("population", "")
      guard let keys = context.populationKeys(table, for: &check) else {
        throw Refusal(.data, check.findings.map(\.diagnostic))
      }
      var document = PackageDocument()
      _ = XMLReading.read(
        try package.open(PackageLayout.package), schema: nil, visitor: &document)
      let figure = document.controls.first { $0.id == control }?.figures["population-digest"]
      return PackagedPopulation(
        keys: keys.map { String(decoding: $0, as: UTF8.self) },
        committed: figure.flatMap { Digest(hex: $0) })
    }
  }
}

extension Context {
  /// The first column of a population; nil when it could not be read, which becomes a finding.
  func populationKeys(_ path: BagPath, for check: inout Check) -> [[UInt8]]? {
    var keys: [[UInt8]] = []
    var isHeader = true
    let isWhole = package.readRows(path, for: &check) { row in
      if !isHeader { keys.append(Array(plainCell(row[0]).utf8)) }
      isHeader = false
    }
    return isWhole ? keys : nil
  }

  /// What a population's digest is, as its rows have it; nil when there is no such table.
  func populationDigest(_ path: BagPath, for check: inout Check) -> Digest? {
    guard let table = facts[path]?.table else { return nil }
    if let digest = table.keyDigest { return digest }
    return populationKeys(path, for: &check).map(SortedKeys.digest)
  }
}

extension Diagnostic {
  fileprivate static func noPopulation(_ control: String, in path: String) -> Diagnostic {
    Diagnostic(
      "sample.no-population", .error, at: path, "has no population of a control '\(control)'",
      fix: "data/workpapers/populations/ holds those that there are")
  }
}
