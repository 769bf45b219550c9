import VouchModel

/// What `index.html.mustache` and `summary.xml.mustache` get to see.
struct SummaryPage: View {
  let text: SummaryText
  let style: StyleSheet

  private var summary: PublicSummary { text.summary }
  private var words: Words { text.words }

  static let fields: Fields<SummaryPage> = [
    .words("t") { $0.words },
    .text("language") { $0.summary.language },
    .text("locale") { $0.words(.locale) },
    .markup("style") { $0.style.markup },
    .text("policy") { $0.style.policy },
    .markup("jsonLD") { SummaryJSON.linkedData($0.text) },
    .text("url") { $0.summary.url },
    .text("title") { $0.text.title },
    .text("abstract") { $0.text.abstract },
    .text("organization") { $0.summary.organization },
    .text("system") { $0.summary.system },
    .prose("description") { $0.summary.description },
    .prose("boundaries") { $0.summary.boundaries },
    .text("preparedBy") { $0.text.preparedBy },
    .text("notExamined") { $0.words(.notExamined) },
    .text("speaksOf") { $0.words(.speaksOf, ["span": $0.text.span]) },
    .text("valid") { $0.words(.valid, ["day": $0.text.validUntil]) },
    .text("afterwards") { $0.words(.afterwards, ["day": $0.text.validUntil]) },
    .text("period") { $0.text.span },
    .text("periodID") { $0.summary.periodID },
    .text("firstDay") { $0.summary.firstDay },
    .text("lastDay") { $0.summary.lastDay },
    .text("validDay") { $0.text.validUntil },
    .text("validUntil") { $0.summary.validUntil },
    .text("packageText") { $0.words(.fromPackage, ["digest": $0.summary.package]) },
    .text("package") { $0.summary.package },
    .text("packageShort") { String($0.summary.package.prefix(12)) },
    .text("minimum") { $0.words(.minimum, ["n": $0.words.number($0.summary.minimumCount)]) },
    .flag("isIncomplete") { !$0.summary.isComplete },
    .text("completeness") { $0.summary.isComplete ? "complete" : "incomplete" },
    .text("incomplete") { $0.words(.incompleteEvidence) },
    .list("categories", CategoryView.self) { page in
      page.summary.categories.map { CategoryView(text: page.text, statement: $0) }
    },
    .flag("hasServices") { !$0.summary.services.isEmpty },
    .list("services", ServiceView.self) { page in
      page.summary.services.enumerated().map {
        ServiceView(text: page.text, number: $0 + 1, service: $1)
      }
    },
    .text("moreServices") { $0.summary.hasMoreServices ? $0.words(.moreServices) : "" },
    .text("planned") { $0.text.planned },
    .flag("hasCommitments") { !$0.summary.commitments.isEmpty },
    .list("commitments", NumberedText.self) { page in
      page.summary.commitments.enumerated().map {
        NumberedText(id: "v-commitment-\($0 + 1)", title: $1, text: "")
      }
    },
    .flag("hasPatching") { !$0.summary.patching.isEmpty },
    .list("patching", SeverityRow.self) {
      $0.rows($0.summary.patching, [.columnCount, .columnMedian, .columnP90, .columnAged])
    },
    .flag("hasRemediation") { !$0.summary.remediation.isEmpty },
    .list("remediation", SeverityRow.self) {
      $0.rows($0.summary.remediation, [.columnDue, .columnShare])
    },
    .flag("hasTickets") { !$0.summary.tickets.isEmpty },
    .list("tickets", SeverityRow.self) {
      $0.rows($0.summary.tickets, [.columnDue, .columnShare])
    },
    .flag("hasOutcomes") { !$0.summary.outcomes.isEmpty },
    .list("outcomes", SeverityRow.self) { page in
      let names: [PublicWord] = [.outcomePatched, .outcomeLive, .outcomeGone, .outcomeOpen]
      return zip(names, page.summary.outcomes).map {
        SeverityRow(
          text: page.text, name: page.words($0), figures: [$1], columns: [.columnPairs])
      }
    },
    .flag("hasCoverage") { page in
      page.summary.coverage.contains { $0.state != .missing }
    },
    .list("coverage", SeverityRow.self) { page in
      let figures = page.summary.coverage
      guard figures.count == 4 else { return [] }
      let columns: [PublicWord] = [.columnReached, .columnEffective]
      return [
        SeverityRow(
          text: page.text, name: page.words(.intervalLast), figures: Array(figures[..<2]),
          columns: columns),
        SeverityRow(
          text: page.text, name: page.words(.intervalWorst), figures: Array(figures[2...]),
          columns: columns),
      ]
    },
    .list("figures", FigureView.self) { page in
      page.summary.figures.map { FigureView(text: page.text, figure: $0, label: "") }
    },
    .flag("hasThemes") { !$0.themes.isEmpty },
    .list("themes", NumberedText.self) { $0.themes },
    .text("report") { page in page.summary.report.map { page.text.text(of: $0) } ?? "" },
    .maybe("contact", ContactView.self) { page in
      page.summary.contact.map { ContactView(id: "contact", contact: $0) }
    },
    .maybe("vulnerability", ContactView.self) { page in
      page.summary.vulnerabilityReports.map { ContactView(id: "vulnerability", contact: $0) }
    },
  ]

  private func rows(_ rows: [PublicSummary.Row], _ columns: [PublicWord]) -> [SeverityRow] {
    rows.map { row in
      let word: PublicWord =
        switch row.subject {
        case .all: .subjectAll
        case .critical: .subjectCritical
        case .high: .subjectHigh
        case .medium: .subjectMedium
        case .low: .subjectLow
        }
      return SeverityRow(
        text: text, name: words(word), figures: row.figures, columns: columns)
    }
  }

  /// Management's own themes, or the areas of the adopted controls.
  private var themes: [NumberedText] {
    if summary.themes.isEmpty {
      return summary.areas.enumerated().map {
        NumberedText(id: "theme-\($0 + 1)", title: words.term("area", $1), text: "")
      }
    }
    return summary.themes.enumerated().map {
      NumberedText(id: "v-theme-\($0 + 1)", title: $1.title, text: $1.text)
    }
  }
}

struct CategoryView: View {
  let text: SummaryText
  let statement: PublicSummary.CategoryStatement

  static let fields: Fields<CategoryView> = [
    .text("id") { SummaryText.id($0.statement) },
    .text("key") { $0.statement.category.rawValue },
    .text("name") { $0.text.name($0.statement.category) },
    .text("state") { $0.statement.state.rawValue },
    .text("stateText") { $0.text.state($0.statement.state) },
    .text("statement") { $0.text.statement($0.statement) },
    .flag("isWhole") { $0.statement.state == .allOperated },
  ]
}

struct ServiceView: View {
  let text: SummaryText
  let number: Int
  let service: PublicSummary.Service

  static let fields: Fields<ServiceView> = [
    .text("id") { "v-service-\($0.number)" },
    .text("name") { $0.service.name },
    .text("description") { $0.service.description },
    .object("uptime", FigureView.self) {
      FigureView(
        text: $0.text, figure: $0.service.uptime, label: $0.text.words(.columnUptime))
    },
    .object("target", FigureView.self) {
      FigureView(
        text: $0.text, figure: $0.service.target, label: $0.text.words(.columnTarget))
    },
    .maybe("gross", FigureView.self) { view in
      view.service.gross.map {
        FigureView(text: view.text, figure: $0, label: view.text.words(.columnGross))
      }
    },
  ]
}

/// A line of a table: a name and its figures.
struct SeverityRow: View {
  let text: SummaryText
  let name: String
  let figures: [PublicFigure]
  let columns: [PublicWord]

  static let fields: Fields<SeverityRow> = [
    .text("name") { $0.name },
    .list("figures", FigureView.self) { row in
      zip(row.figures, row.columns).map {
        FigureView(text: row.text, figure: $0, label: row.text.words($1))
      }
    },
  ]
}

struct FigureView: View {
  let text: SummaryText
  let figure: PublicFigure
  /// Heading of its column, for narrow pages.
  let label: String

  static let fields: Fields<FigureView> = [
    .text("id") { $0.figure.id },
    .text("text") { $0.text.text(of: $0.figure) },
    .text("value") { $0.figure.value },
    .text("state") { $0.figure.state.word },
    .text("unit") { $0.figure.unit.rawValue },
    .text("label") { $0.label },
    .flag("isShown") { $0.figure.state.value != nil },
  ]
}

/// A text of management's with the id of its element.
struct NumberedText: View {
  let id: String
  let title: String
  let text: String

  static let fields: Fields<NumberedText> = [
    .text("id") { $0.id }, .text("title") { $0.title }, .prose("text") { $0.text },
  ]
}

struct ContactView: View {
  let id: String
  let contact: Publication.Contact

  static let fields: Fields<ContactView> = [
    .text("id") { "v-\($0.id)" },
    .text("text") { $0.contact.text.text },
    .text("email") { $0.contact.email.text },
    .text("url") { $0.contact.url.text },
  ]
}

/// What the blank forms get to see: whose, of what, of when. Nothing else is filled in.
struct FormPage: View {
  let text: SummaryText
  let style: StyleSheet

  static let fields: Fields<FormPage> = [
    .words("t") { $0.text.words },
    .text("language") { $0.text.summary.language },
    .markup("style") { $0.style.markup },
    .text("policy") { $0.style.policy },
    .text("organization") { $0.text.summary.organization },
    .text("system") { $0.text.summary.system },
    .text("period") { $0.text.span },
  ]
}
