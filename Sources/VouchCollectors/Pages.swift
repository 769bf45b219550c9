import VouchModel

extension Reading {
  /// Notes how many entries the source says it has, and reports an answer after which entries are
  /// missing: one that stands alone and is not all, or the last page of a listing that ends early.
  ///
  /// - Parameters:
  ///   - offset: how many entries come before this answer's first.
  ///   - total: nil when the source does not say.
  func checkPage(
    _ format: String, of entries: String, offset: Int = 0, count: Int, total: Int?
  ) {
    guard let total else { return }
    reportedTotal = total
    let provenance = item.provenance
    guard provenance.isLastPage else { return }
    let isAlone = (provenance.page ?? 1) == 1
    guard isAlone ? offset > 0 || count < total : offset > 0 && offset + count < total else {
      return
    }
    diagnose(
      .morePages(
        format, "the file holds \(count) of \(total) \(entries)", at: item.label))
  }

  /// Reports an answer that points to a next page although nothing was collected after it.
  func checkNextPage(_ format: String, isThere: Bool, field: String) {
    guard isThere, item.provenance.isLastPage else { return }
    diagnose(
      .morePages(
        format, "'\(field)' points to another page, and only this one was collected",
        at: item.label))
  }
}

extension Diagnostic {
  static func morePages(_ format: String, _ text: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).more-pages", .error, at: place, text,
      why: "entries that were not exported cannot be tested, so the population is incomplete",
      fix: "give the http source its paging:, or put all answers into one JSON array")
  }
}
