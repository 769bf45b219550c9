import VouchModel

/// `summary.json`: the page's content for programs (`vouch-public-summary/1`), and the linked data
/// of its head.
enum SummaryJSON {
  static func text(_ text: SummaryText) -> String {
    let summary = text.summary
    var object: [(String, JSON)] = [
      ("schema", .string("vouch-public-summary/1")),
      ("title", .string(text.title)),
      ("language", .string(summary.language)),
      ("prepared_by", .string(text.preparedBy)),
      ("not_examined", .string(text.words(.notExamined))),
      ("organization", .string(summary.organization)),
      ("system", .string(summary.system)),
      ("description", .string(summary.description)),
      ("boundaries", .string(summary.boundaries)),
      (
        "period",
        .object([
          ("id", .string(summary.periodID)), ("first_day", .string(summary.firstDay)),
          ("last_day", .string(summary.lastDay)),
        ])
      ),
      ("valid_until", .string(summary.validUntil)),
      ("package", .object([("tag_manifest_sha256", .string(summary.package))])),
      ("complete", .bool(summary.isComplete)),
      ("minimum_count", .number(String(summary.minimumCount))),
      (
        "categories",
        .array(
          summary.categories.map {
            .object([
              ("id", .string($0.category.rawValue)), ("state", .string($0.state.rawValue)),
              ("statement", .string(text.statement($0))),
            ])
          })
      ),
      ("services", .array(summary.services.enumerated().map { service($0 + 1, $1) })),
      ("more_services", .bool(summary.hasMoreServices)),
      ("planned_maintenance", .string(summary.services.isEmpty ? "" : text.planned)),
      ("commitments", .array(summary.commitments.map(JSON.string))),
      (
        "themes",
        .array(
          summary.themes.map {
            .object([("title", .string($0.title)), ("text", .string($0.text))])
          } + summary.areas.map { .object([("title", .string(text.words.term("area", $0)))]) })
      ),
      ("figures", .array(summary.figures.map { figure($0, text) })),
    ]
    if let report = summary.report { object.append(("report", .string(text.text(of: report)))) }
    if let contact = summary.contact { object.append(("contact", reach(contact))) }
    if let contact = summary.vulnerabilityReports {
      object.append(("vulnerability_reports", reach(contact)))
    }
    return written(.object(object.map { (key: $0.0, value: $0.1) }), indent: "") + "\n"
  }

  private static func service(_ number: Int, _ service: PublicSummary.Service) -> JSON {
    .object([
      ("name", .string(service.name)), ("description", .string(service.description)),
      ("uptime", .string(service.uptime.id)), ("target", .string(service.target.id)),
    ])
  }

  private static func figure(_ figure: PublicFigure, _ text: SummaryText) -> JSON {
    .object([
      ("id", .string(figure.id)), ("state", .string(figure.state.word)),
      ("value", figure.value.isEmpty ? .null : .number(figure.value)),
      ("unit", .string(figure.unit.rawValue)), ("text", .string(text.text(of: figure))),
    ])
  }

  private static func reach(_ contact: Publication.Contact) -> JSON {
    .object(
      [("text", contact.text), ("email", contact.email), ("url", contact.url)]
        .filter { !$0.1.isEmpty }.map { (key: $0.0, value: .string($0.1.text)) })
  }

  /// schema.org's description of the page. A data block: nothing of it runs.
  static func linkedData(_ text: SummaryText) -> Markup {
    let summary = text.summary
    var object: [(key: String, value: JSON)] = [
      ("@context", .string("https://schema.org")), ("@type", .string("WebPage")),
      ("name", .string("\(text.title) · \(summary.system)")),
      ("description", .string(text.abstract)), ("inLanguage", .string(summary.language)),
      ("temporalCoverage", .string("\(summary.firstDay)/\(summary.lastDay)")),
      ("expires", .string(summary.validUntil)),
      (
        "publisher",
        .object([("@type", .string("Organization")), ("name", .string(summary.organization))])
      ),
    ]
    if !summary.url.isEmpty { object.append(("url", .string(summary.url))) }
    // '<' would end the element it stands in.
    return Markup(
      written(.object(object), indent: "").replacing("<", with: "\\u003c")
        .replacing(">", with: "\\u003e").replacing("&", with: "\\u0026"))
  }

  /// Two spaces, one member a line.
  private static func written(_ json: JSON, indent: String) -> String {
    let inner = indent + "  "
    switch json {
    case .array(let elements) where !elements.isEmpty:
      return "[\n"
        + elements.map { inner + written($0, indent: inner) }.joined(separator: ",\n")
        + "\n\(indent)]"
    case .object(let members) where !members.isEmpty:
      return "{\n"
        + members.map { "\(inner)\(JSONText.quoted($0.key)): \(written($0.value, indent: inner))" }
        .joined(separator: ",\n") + "\n\(indent)}"
    default: return json.serialised
    }
  }
}
