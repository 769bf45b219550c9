/// Words that the program itself puts together for the public page; a language file has to have
/// them all.
enum PublicWord: String, CaseIterable, Sendable {
  case languageCode = "language"
  case locale
  case group = "format.group"
  case decimal = "format.decimal"
  case formatDay = "format.day"
  case formatSpan = "format.span"
  case percent = "format.percent"
  case days = "format.days"
  case moreThan = "format.moreThan"
  case withheld = "format.withheld"
  case missing = "format.missing"

  case titleAvailability = "title.availability"
  case titleSecurity = "title.security"
  case preparedBy = "statement.preparedBy"
  case notExamined = "statement.notExamined"
  case speaksOf = "statement.period"
  case valid = "statement.valid"
  case afterwards = "statement.afterwards"
  case incompleteEvidence = "statement.incomplete"
  case fromPackage = "statement.package"
  case moreServices = "statement.moreServices"
  case minimum = "statement.minimum"
  case summary = "statement.summary"

  case categoryAll = "category.all"
  case categoryAllFew = "category.allFew"
  case categorySome = "category.some"
  case categorySomeFew = "category.someFew"
  case categoryFewOperated = "category.fewOperated"
  case categoryTiny = "category.tiny"
  case categoryNone = "category.none"
  case categoryGap = "category.gap"
  case categoryTolerated = "category.tolerated"
  case categoryCommon = "category.common"
  case stateOwn = "category.state.own_operated"
  case stateAll = "category.state.all_operated"
  case stateNotAll = "category.state.not_all"
  case statePartly = "category.state.partly_addressed"
  case stateNone = "category.state.no_controls"
  case nameSecurity = "category.security"
  case nameAvailability = "category.availability"
  case nameProcessingIntegrity = "category.processing_integrity"
  case nameConfidentiality = "category.confidentiality"
  case namePrivacy = "category.privacy"

  case subjectAll = "subject.all"
  case subjectCritical = "subject.critical"
  case subjectHigh = "subject.high"
  case subjectMedium = "subject.medium"
  case subjectLow = "subject.low"
  case columnCount = "column.count"
  case columnMedian = "column.median"
  case columnP90 = "column.p90"
  case columnAged = "column.aged"
  case columnDue = "column.due"
  case columnShare = "column.share"
  case columnReached = "column.reached"
  case columnEffective = "column.effective"
  case columnPairs = "column.pairs"
  case outcomePatched = "outcome.patched"
  case outcomeLive = "outcome.livePatched"
  case outcomeGone = "outcome.gone"
  case outcomeOpen = "outcome.open"
  case columnUptime = "column.uptime"
  case columnTarget = "column.target"
  case columnGross = "column.gross"
  case intervalLast = "interval.last"
  case intervalWorst = "interval.worst"
  case plannedCounts = "planned.counts"
  case plannedLeftOut = "planned.leftOut"
  case plannedChanged = "planned.changed"

  case reportType1 = "report.type_1"
  case reportType2 = "report.type_2"
  case reportFirm = "report.firm"
  case reportSomeFirm = "report.someFirm"
  case reportSpan = "report.span"
  case reportUntil = "report.until"
  case reportAt = "report.at"
  case reportModified = "report.modified"
  case reportCategories = "report.categories"
  case reportAvailable = "report.available"
  case reportSeparate = "report.separate"

  static let months = (1...12).map { "format.month.\($0)" }
  static var required: [String] { allCases.map(\.rawValue) + months }
}

extension Words {
  func callAsFunction(_ word: PublicWord, _ values: [String: String] = [:]) -> String {
    text(word.rawValue, values)
  }

  /// `30 September 2026` of `2026-09-30`.
  func longDay(_ date: String) -> String {
    let parts = date.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return date }
    return self(
      .formatDay,
      [
        "day": String(parts[2]), "month": text("format.month.\(parts[1])"),
        "year": String(parts[0]),
      ]
    )
  }
}
