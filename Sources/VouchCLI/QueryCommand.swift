import ArgumentParser
import Vouch
import VouchModel

struct QueryCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, json }

  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Run a read-only SQL statement over the records.",
    discussion: """
      Examples:
        vouch query --tables
        vouch query "SELECT severity, count(*) FROM finding WHERE fixed_at IS NULL GROUP BY severity"
      """)
  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Flag(name: .long, help: "Describe the tables and their columns.")
  var tables = false
  @Option(name: .long, help: "table, csv or json.")
  var format = Format.table
  @Argument(help: "A SELECT statement.")
  var sql: String?

  func validate() throws {
    if sql == nil, !tables { throw ValidationError("give a SELECT statement, or --tables") }
  }

  func run() throws {
    if tables {
      Terminal.out(Workspace.tables())
      return
    }
    let workspace = try Workspace(path: options.workspace)
    var names: [String] = []
    var rows: [[String?]] = []
    try workspace.query(
      sql ?? "", period: try workspace.period(time.period),
      asOf: try time.moment(in: workspace), columns: { names = $0 }, row: { rows.append($0) })
    switch format {
    case .table: table(names, rows)
    case .csv:
      for row in [names.map(Optional.some)] + rows {
        Terminal.write(row.map { CheckFormats.cell($0 ?? "") }.joined(separator: ",") + "\r\n")
      }
    case .json:
      let objects = rows.map { row in
        "{"
          + zip(names, row).map { "\(JSONText.quoted($0)):\($1.map(JSONText.quoted) ?? "null")" }
          .joined(separator: ",") + "}"
      }
      Terminal.write("[" + objects.joined(separator: ",\n ") + "]\n")
    }
  }

  private func table(_ names: [String], _ rows: [[String?]]) {
    // A line end in a cell would begin a row of its own.
    let rows = rows.map { $0.map { $0?.oneLine } }
    var widths = names.map(\.count)
    for row in rows {
      for (i, cell) in row.enumerated() {
        widths[i] = min(60, max(widths[i], (cell ?? "NULL").count))
      }
    }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).map { $0.padded($1 + 2) }.joined()
    }
    Terminal.out(line(names))
    Terminal.out(line(widths.map { String(repeating: "-", count: $0) }))
    for row in rows { Terminal.out(line(row.map { $0 ?? "NULL" })) }
    Terminal.error("\(rows.count) rows")
  }
}
