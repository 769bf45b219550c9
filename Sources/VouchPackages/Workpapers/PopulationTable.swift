import VouchModel

/// Streams a control's population into its CSV: item, evidence, place, each attribute, then the
/// population's own columns.
final class PopulationTable {
  private let conclusion: Conclusion
  private let open: () throws -> any ByteSink
  private var writer: CSVWriter?
  private var summary = PopulationSummary()
  /// Own columns that are written, with the values that are instants in them.
  private var columns: [(index: Int, instants: Range<Int64>)] = []
  /// Positions of the attributes whose falsehood is a deviation.
  private let deciding: [Int]
  /// By slice, item and attribute of what is waived.
  private let waived: [Set<[String]>]
  private var listed = 0
  private let digest = PopulationDigest()

  /// - Parameter open: called once, when the control turns out to have a population.
  init(_ conclusion: Conclusion, open: @escaping () throws -> any ByteSink) {
    self.conclusion = conclusion
    self.open = open
    let attributes = conclusion.control.attributes
    deciding = attributes.indices.filter { attributes[$0].decides && !attributes[$0].attested }
    waived = conclusion.slices.map { slice in
      Set(slice.items.filter { $0.waiver != nil }.map { [$0.item, $0.attribute] })
    }
    summary.exceptions = conclusion.slices.map { _ in [] }
  }

  /// - Returns: what was written; nil when the control has no population.
  func write(from stream: PopulationStream) throws -> (summary: PopulationSummary, replaced: Int)? {
    try stream(
      conclusion.control, { [self] names in _ = try start(names) },
      { [self] row in try self.row(row, try writer ?? start([])) })
    guard let writer else { return nil }
    try writer.flush()
    summary.digest = try digest.finish {
      var keys: [String] = []
      try stream(conclusion.control, { _ in }, { keys.append($0.item) })
      return keys
    }
    return (summary, writer.replaced)
  }

  private func start(_ names: [String]) throws -> CSVWriter {
    let csv = CSVWriter(try open())
    writer = csv
    for name in ["item", "evidence", "place"] { csv.field(name) }
    for attribute in conclusion.control.attributes { csv.field(attribute.key) }
    if conclusion.slices.count > 1 { csv.field("part_of_period_from") }
    for (index, name) in names.enumerated() where !["item", "evidence", "place"].contains(name) {
      csv.field(name)
      columns.append((index, Self.instants(in: name)))
    }
    try csv.endRow()
    return csv
  }

  private func row(_ row: PopulationRow, _ csv: CSVWriter) throws {
    summary.rows += 1
    digest.add(row.item)
    csv.field(row.item)
    if let evidence = row.evidence { csv.plain(evidence) } else { csv.plain("") }
    csv.field(row.place)
    for result in row.results { csv.plain(result.rawValue) }
    if conclusion.slices.count > 1 {
      let slices = conclusion.slices
      csv.plain(
        slices.indices.contains(row.slice) ? slices[row.slice].slice.start.iso8601 : "")
    }
    for column in columns {
      guard row.values.indices.contains(column.index) else {
        csv.plain("")
        continue
      }
      switch row.values[column.index] {
      case .integer(let seconds) where column.instants.contains(seconds):
        csv.plain(Instant(seconds: seconds).iso8601)
      case .integer(let number): csv.plain(Int(number))
      case .text(let text): csv.field(text)
      case .null: csv.plain("")
      case .real(let number): csv.plain(Cell.real(number).text)
      }
    }
    try csv.endRow()
    if isDeviation(row), listed < PopulationSummary.limit {
      listed += 1
      summary.exceptions[row.slice].append(summary.rows)
    }
  }

  private func isDeviation(_ row: PopulationRow) -> Bool {
    guard summary.exceptions.indices.contains(row.slice) else { return false }
    let waived = waived[row.slice]
    for index in deciding where index < row.results.count && row.results[index] == .false {
      if waived.isEmpty { return true }
      if !waived.contains([row.item, conclusion.control.attributes[index].key]) { return true }
    }
    return false
  }

  // MARK: Instants

  /// Which values of a column are instants, to be shown as dates: SQL only knows numbers. Names
  /// that rules commonly give to times count only with values of this century, since a rule may
  /// count something under the same name.
  private static func instants(in column: String) -> Range<Int64> {
    if recordInstants.contains(column)
      || ["_at", "_until", "_since"].contains(where: column.hasSuffix)
    {
      return Int64.min..<Int64.max
    }
    let names = ["deadline", "due", "until", "since", "first", "last", "from", "to"]
    if names.contains(column) {
      return Instant(year: 2000, month: 1, day: 1)
        .seconds..<Instant(year: 2100, month: 1, day: 1)
        .seconds
    }
    return 0..<0
  }

  /// Columns that hold instants in every record type that has them.
  private static let recordInstants: Set<String> = {
    let columns = RecordType.all.flatMap(\.columns) + RecordType.originColumns
    let other = Set(columns.filter { $0.kind != .instant }.map(\.name))
    return Set(columns.filter { $0.kind == .instant }.map(\.name)).subtracting(other)
  }()
}
