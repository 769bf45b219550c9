import VouchModel

/// All KPIs with their figures, the method in words, and the SQL.
struct KPIPage: View {
  let book: Book
  let kpis: [KPIView]

  static let fields: Fields<KPIPage> = [
    .words("t") { $0.book.words },
    .object("page", PageFrame.self) {
      PageFrame(
        book: $0.book, title: $0.book.words(.navKPIs), base: "", root: "../",
        current: "kpis.html")
    },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("kpis", KPIView.self) { $0.kpis },
    .flag("hasKPIs") { !$0.kpis.isEmpty },
  ]
}

/// One KPI.
struct KPIView: View {
  let book: Book
  let kpi: KPIResult
  let figures: TablePart<FigureRow>

  /// With the first figures only, as the overview shows it.
  init(book: Book, kpi: KPIResult, most: Int) {
    self.book = book
    self.kpi = kpi
    let shown = min(most, kpi.figures.count)
    figures = TablePart(
      rows: FigureRow.rows(kpi, 0..<shown, book.words), range: 0..<shown,
      total: kpi.figures.count, pages: [], words: book.words)
  }

  init(book: Book, kpi: KPIResult, part: TablePart<FigureRow>) {
    self.book = book
    self.kpi = kpi
    figures = part
  }

  static let fields: Fields<KPIView> = [
    .text("id") { $0.kpi.id },
    .text("title") { $0.kpi.title },
    .text("href") { "kpis.html#\($0.kpi.id)" },
    .prose("method") { $0.kpi.method },
    .prose("sql") { $0.kpi.sql.trimmingTrailingNewlines },
    .prose("note") { $0.kpi.note },
    .object("figures", TablePart<FigureRow>.self) { $0.figures },
    .text("more") { view in
      let rest = view.kpi.figures.count - view.figures.rows.count
      return rest > 0 ? view.book.words(.andMore, ["n": view.book.words.number(rest)]) : ""
    },
  ]
}

/// One figure with its target and a small picture.
struct FigureRow: Row {
  let figure: KPIFigure
  let chart: FigureChart?
  let words: Words

  static let tableFields = TablePart<FigureRow>.make()
  static let fields: Fields<FigureRow> = [
    .text("subject") { $0.figure.subject },
    .text("measure") { $0.words.term("measure", $0.figure.measure) },
    .text("value") { row in row.figure.value.map(row.words.number) ?? "" },
    .flag("isAvailable") { $0.figure.value != nil },
    .text("unit") { $0.words.term("unit", $0.figure.unit) },
    .text("target") { row in row.figure.target.map(row.words.number) ?? "" },
    .text("meets") { row in
      row.figure.meets.map { row.words($0 ? .meetsYes : .meetsNo) } ?? ""
    },
    .text("mark") { $0.figure.meets == true ? "pass" : "fail" },
    .markup("chart") { $0.chart?.svg ?? Markup("") },
    .flag("hasChart") { $0.chart != nil },
    .text("low") { row in row.chart.map { row.words.number($0.low) } ?? "" },
    .text("high") { row in row.chart.map { row.words.number($0.high) } ?? "" },
  ]

  static func rows(_ kpi: KPIResult, _ range: Range<Int>, _ words: Words) -> [FigureRow] {
    let groups = Dictionary(grouping: kpi.figures) { "\($0.measure)\n\($0.unit)" }
    return kpi.figures[range].map { figure in
      let beside = groups["\(figure.measure)\n\(figure.unit)"] ?? []
      return FigureRow(
        figure: figure, chart: FigureChart(figure, beside: beside), words: words)
    }
  }

  static func size(_ figure: KPIFigure) -> Int {
    1100 + VisibleText.size(figure.subject, limit: 2000)
  }
}
