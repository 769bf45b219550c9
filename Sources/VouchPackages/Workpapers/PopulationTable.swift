import VouchModel

/// A control's population as CSV on disk, until it is moved into a package.
public struct WrittenPopulation: Sendable {
  let path: String
  let summary: PopulationSummary
  /// Characters that a table cannot hold and that were replaced.
  let replaced: Int
}

/// Writes a control's population into a CSV: item, evidence, place, each attribute, then the
/// population's own columns.
public final class PopulationTable {
  private let control: Control
  private let slices: [Period]
  private let path: String
  private var writer: CSVWriter?
  private var summary = PopulationSummary()
  /// Own columns that are written, with the values that are instants in them.
  private var columns: [(index: Int, instants: Range<Int64>)] = []
  private var listed = 0
  private let digest = PopulationDigest()

  /// - Parameters:
  ///   - slices: the parts of the period that are judged one after the other.
  ///   - path: of a file that is not there; made when the control turns out to have a population.
  public init(_ control: Control, slices: [Period], path: String) {
    self.control = control
    self.slices = slices
    self.path = path
    summary.exceptions = slices.map { _ in [] }
  }

  /// Takes the names of the population's own columns; those of the first slice count.
  public func begin(_ names: [String]) throws {
    if writer == nil { _ = try start(names) }
  }

  /// Adds the next item; those of a slice stand together.
  public func row(_ row: PopulationItem) throws { try write(row, try writer ?? start([])) }

  /// - Parameter keys: gives the keys of all items once more, when they did not come sorted.
  /// - Returns: what was written; nil when the control has no population.
  public func finish(_ keys: () throws -> [String]) throws -> WrittenPopulation? {
    guard let writer else { return nil }
    try writer.flush()
    self.writer = nil
    summary.digest = try digest.finish(keys)
    return WrittenPopulation(path: path, summary: summary, replaced: writer.replaced)
  }

  private func start(_ names: [String]) throws -> CSVWriter {
    let csv = CSVWriter(try OutputFile(path))
    writer = csv
    for name in ["item", "evidence", "place"] { csv.field(name) }
    for attribute in control.attributes { csv.field(attribute.key) }
    if slices.count > 1 { csv.field("part_of_period_from") }
    for (index, name) in names.enumerated() where !["item", "evidence", "place"].contains(name) {
      csv.field(name)
      columns.append((index, Self.instants(in: name)))
    }
    try csv.endRow()
    return csv
  }

  private func write(_ row: PopulationItem, _ csv: CSVWriter) throws {
    summary.rows += 1
    digest.add(row.item)
    csv.field(row.item)
    if let evidence = row.evidence { csv.plain(evidence) } else { csv.plain("") }
    csv.field(row.place)
    for result in row.results { csv.plain(result.rawValue) }
    if slices.count > 1 {
      csv.plain(slices.indices.contains(row.slice) ? slices[row.slice].start.iso8601 : "")
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
    if row.isDeviation, listed < PopulationSummary.limit,
      summary.exceptions.indices.contains(row.slice)
    {
      listed += 1
      summary.exceptions[row.slice].append(summary.rows)
    }
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
