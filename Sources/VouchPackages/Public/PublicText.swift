import VouchModel

/// The sentences of a summary in one language: what the page shows, and what the truth check
/// expects to read there again.
struct SummaryText {
  let summary: PublicSummary
  let words: Words

  /// Parts of the page by the id of their element, with all the text that belongs in it.
  ///
  /// A template may leave none of them out and may print no figure elsewhere.
  var required: [(id: String, text: String)] {
    var all: [(String, String)] = [
      ("v-organization", summary.organization), ("v-system", summary.system),
      ("v-prepared-by", preparedBy), ("v-not-examined", words(.notExamined)),
      ("v-speaks-of", words(.speaksOf, ["span": span])),
      ("v-valid-until", words(.valid, ["day": validUntil])),
      ("v-afterwards", words(.afterwards, ["day": validUntil])),
      ("v-period", span), ("v-valid-day", validUntil),
      ("v-package", words(.fromPackage, ["digest": summary.package])),
      ("v-minimum", words(.minimum, ["n": words.number(summary.minimumCount)])),
    ]
    if !summary.description.isEmpty { all.append(("v-description", summary.description)) }
    if !summary.boundaries.isEmpty { all.append(("v-boundaries", summary.boundaries)) }
    if !summary.isComplete { all.append(("v-incomplete", words(.incompleteEvidence))) }
    for category in summary.categories {
      all.append((Self.id(category), statement(category)))
    }
    if !summary.services.isEmpty { all.append(("v-planned", planned)) }
    if summary.hasMoreServices { all.append(("v-more-services", words(.moreServices))) }
    for (index, service) in summary.services.enumerated() {
      all.append(("v-service-\(index + 1)", service.name))
      if !service.description.isEmpty {
        all.append(("v-service-\(index + 1)-description", service.description))
      }
    }
    for (index, text) in summary.commitments.enumerated() {
      all.append(("v-commitment-\(index + 1)", text))
    }
    for (index, theme) in summary.themes.enumerated() {
      all.append(("v-theme-\(index + 1)", theme.title))
      if !theme.text.isEmpty { all.append(("v-theme-\(index + 1)-text", theme.text)) }
    }
    if let report = summary.report { all.append(("v-report", text(of: report))) }
    for (id, contact) in [
      ("contact", summary.contact), ("vulnerability", summary.vulnerabilityReports),
    ] {
      guard let contact else { continue }
      if !contact.text.isEmpty { all.append(("v-\(id)-text", contact.text.text)) }
      if !contact.email.isEmpty { all.append(("v-\(id)-email", contact.email.text)) }
      if !contact.url.isEmpty { all.append(("v-\(id)-url", contact.url.text)) }
    }
    return all + summary.figures.map { ($0.id, text(of: $0)) }
  }

  static func id(_ statement: PublicSummary.CategoryStatement) -> String {
    "v-category-\(statement.category.rawValue.replacing("_", with: "-"))"
  }

  var title: String {
    summary.categories.contains { $0.category == .availability }
      ? words(.titleAvailability) : words(.titleSecurity)
  }
  var preparedBy: String { words(.preparedBy, ["organization": summary.organization]) }
  var span: String {
    words(
      .formatSpan,
      ["from": words.longDay(summary.firstDay), "to": words.longDay(summary.lastDay)])
  }
  var validUntil: String { words.longDay(summary.validUntil) }
  /// For search engines and previews.
  var abstract: String {
    words(
      .summary,
      ["system": summary.system, "organization": summary.organization, "span": span])
  }

  var planned: String {
    switch summary.plannedWork {
    case .counts: words(.plannedCounts)
    case .leftOut(let hours): words(.plannedLeftOut, ["n": words.number(hours)])
    case .changed: words(.plannedChanged)
    }
  }

  func name(_ category: Category) -> String {
    switch category {
    case .security: words(.nameSecurity)
    case .availability: words(.nameAvailability)
    case .processingIntegrity: words(.nameProcessingIntegrity)
    case .confidentiality: words(.nameConfidentiality)
    case .privacy: words(.namePrivacy)
    }
  }

  func state(_ state: PublicSummary.CategoryStatement.State) -> String {
    switch state {
    case .allOperated: words(.stateAll)
    case .ownOperated: words(.stateOwn)
    case .notAll: words(.stateNotAll)
    case .partly: words(.statePartly)
    case .noControls: words(.stateNone)
    }
  }

  /// What is true of a category, in management's voice; small counts are not told.
  func statement(_ statement: PublicSummary.CategoryStatement) -> String {
    var sentences = [operated(statement)]
    if statement.hasTolerated { sentences.append(words(.categoryTolerated)) }
    if statement.hasGap { sentences.append(words(.categoryGap)) }
    if statement.state == .ownOperated { sentences.append(words(.categoryCommon)) }
    return sentences.joined(separator: " ")
  }

  private func operated(_ statement: PublicSummary.CategoryStatement) -> String {
    let k = summary.minimumCount
    let n = statement.controls
    let p = statement.operated
    let values = [
      "n": words.number(n), "p": words.number(p), "m": words.number(n - p), "k": words.number(k),
    ]
    if n == 0 { return words(.categoryNone) }
    if p == n { return words(n < k ? .categoryAllFew : .categoryAll, values) }
    if n < k { return words(.categoryTiny) }
    if n - p < k { return words(.categorySomeFew, values) }
    if p < k { return words(.categoryFewOperated, values) }
    return words(.categorySome, values)
  }

  func text(of report: Publication.Report) -> String {
    let type = words(report.kind == .type1 ? .reportType1 : .reportType2)
    let end = words.longDay(day(report.periodEnd))
    let period =
      if report.kind == .type1 {
        words(.reportAt, ["to": end])
      } else if let start = report.periodStart {
        words(.reportSpan, ["from": words.longDay(day(start)), "to": end])
      } else {
        words(.reportUntil, ["to": end])
      }
    var sentences = [
      words(
        report.auditor.isEmpty ? .reportSomeFirm : .reportFirm,
        [
          "auditor": report.auditor.text, "type": type, "period": period,
          "date": words.longDay(day(report.date)),
        ])
    ]
    if report.opinion == .modified { sentences.append(words(.reportModified)) }
    if !report.categories.isEmpty {
      let names = report.categories.map(name).joined(separator: ", ")
      sentences.append(words(.reportCategories, ["categories": names]))
    }
    if !report.available.isEmpty {
      sentences.append(words(.reportAvailable, ["how": report.available.text]))
    }
    return (sentences + [words(.reportSeparate)]).joined(separator: " ")
  }

  /// A local midnight, entered as a date; reports' dates are read in the organisation's zone.
  private func day(_ instant: Instant) -> String {
    summary.zone.date(of: instant)
  }

  /// A figure as it is shown.
  func text(of figure: PublicFigure) -> String {
    switch figure.state {
    case .missing: return words(.missing)
    case .withheld: return words(.withheld)
    case .exact(let value): return unit(figure.unit, value)
    case .moreThan(let value): return words(.moreThan, ["n": unit(figure.unit, value)])
    }
  }

  private func unit(_ unit: PublicFigure.Unit, _ value: Double) -> String {
    switch unit {
    case .percent: words(.percent, ["n": words.decimal(value)])
    case .days: words(.days, ["n": words.decimal(value)])
    case .items: words.decimal(value)
    }
  }
}

extension Words {
  /// As ``number(_:)``, with the separators of this page's language.
  fileprivate func decimal(_ value: Double) -> String {
    let plain = PublicFigure("", .items, .exact(value)).value
    let parts = plain.split(separator: ".")
    let whole = parts.first.flatMap { Int($0) }.map { number($0) } ?? plain
    return parts.count == 2 ? whole + self(.decimal) + parts[1] : whole
  }
}
