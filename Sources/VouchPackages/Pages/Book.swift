import VouchModel

/// What all pages of one package share: the assessment, its words, and where things are.
final class Book: Sendable {
  let input: PackageInput
  let words: Words
  let requests: [AuditRequest]
  /// Templates and strings that the workspace brought itself.
  let ownFiles: [String]
  let style: StyleSheet
  let conclusions: [String: Conclusion]
  let criteria: [String: CriterionResult]
  /// By the number that items and conclusions use.
  let evidence: [Int: EvidenceRow]
  /// Id of an evidence row on the evidence pages.
  let evidenceIDs: [Int: String]
  let evidencePlan: PagePlan
  /// Controls that read a row of evidence.
  let readers: [Int: [String]]
  /// Diagnostics by what they are about: `evidence/9f3c4a…`, `vouch.yaml:12`.
  let diagnostics: [String: [Diagnostic]]
  /// How many results a waiver stands beside.
  let waiverUses: [String: Int]

  /// Files of evidence that have pages of their own, in the order of the evidence; each path once.
  let renditions: [Rendition]
  private let renditionsByRow: [Int: Rendition]
  private let files: [Int: String]
  private let evidencePages: [Int: String]
  private let evidenceByLabel: [String: Int]

  var assessment: Assessment { input.assessment }
  var engagement: Engagement { input.assessment.engagement }
  var isSigned: Bool { input.isSigned }

  init(
    input: PackageInput, words: Words, requests: [AuditRequest], ownFiles: [String],
    style: StyleSheet
  ) {
    self.input = input
    self.words = words
    self.requests = requests
    self.ownFiles = ownFiles
    self.style = style
    let assessment = input.assessment
    conclusions = Dictionary(assessment.conclusions.map { ($0.control.id, $0) }) { a, _ in a }
    criteria = Dictionary(assessment.criteria.map { ($0.criterion.id, $0) }) { a, _ in a }
    evidence = Dictionary(assessment.evidence.map { ($0.evidence, $0) }) { a, _ in a }
    files = evidence.mapValues { Self.inData(PackageLayout.evidence($0)) }
    evidenceIDs = Self.ids(of: assessment.evidence)
    evidenceByLabel = Dictionary(assessment.evidence.map { ($0.label, $0.evidence) }) { a, _ in a }
    diagnostics = Dictionary(grouping: assessment.diagnostics) {
      String($0.at.prefix { $0 != "#" })
    }
    (renditions, renditionsByRow) = Self.renditions(of: assessment.evidence, input)
    var readers: [Int: [String]] = [:]
    var uses: [String: Int] = [:]
    for conclusion in assessment.conclusions {
      for row in conclusion.evidence { readers[row, default: []].append(conclusion.control.id) }
      for slice in conclusion.slices {
        for item in slice.items { if let waiver = item.waiver { uses[waiver, default: 0] += 1 } }
      }
    }
    self.readers = readers
    waiverUses = uses
    evidencePlan = PagePlan(
      [
        assessment.evidence.map(EvidenceView.size), assessment.diagnostics.map(DiagnosticRow.size),
      ], main: PagePlan.continuationBudget / 2)
    var pages: [Int: String] = [:]
    for part in evidencePlan.pages(of: 0) {
      for row in assessment.evidence[part.rows] {
        pages[row.evidence] = PagePlan.name("evidence", page: part.page)
      }
    }
    evidencePages = pages
  }

  /// A preserved file, relative to `data/`.
  func fileLink(_ row: EvidenceRow) -> String { files[row.evidence] ?? "" }

  /// The page that shows a preserved file, relative to `data/`; nil when it has none.
  func rendition(_ row: EvidenceRow) -> String? {
    renditionsByRow[row.evidence].map { Self.inData($0.path()) }
  }

  /// The line of such a page that shows a place, relative to `data/`.
  func rendition(_ row: EvidenceRow, place: String) -> String? {
    renditionsByRow[row.evidence]?.link(to: place)
  }

  private static func renditions(
    of rows: [EvidenceRow], _ input: PackageInput
  ) -> ([Rendition], [Int: Rendition]) {
    var all: [Rendition] = []
    var byPath: [String: Rendition?] = [:]
    var byRow: [Int: Rendition] = [:]
    for row in rows {
      let path = PackageLayout.evidence(row)
      if byPath[path] == nil {
        let made = Rendition(row, path: input.evidencePath(row))
        byPath[path] = .some(made)
        if let made { all.append(made) }
      }
      if let known = byPath[path], let known { byRow[row.evidence] = known }
    }
    return (all, byRow)
  }

  /// An evidence row in the index of evidence, relative to `data/`.
  func evidenceAnchor(_ row: EvidenceRow) -> String {
    "\(evidencePages[row.evidence] ?? "evidence.html")#\(evidenceIDs[row.evidence] ?? "")"
  }

  /// The index row of the evidence a diagnostic names, relative to `data/`.
  func evidenceLink(label: String) -> String? {
    evidenceByLabel[label].flatMap { evidence[$0] }.map(evidenceAnchor)
  }

  /// A control's page, relative to `data/`; nil when the control is not adopted.
  func controlLink(_ id: String) -> String? {
    conclusions[id].map { _ in Self.inData(PackageLayout.page(id)) }
  }

  /// A path of the package relative to `data/`.
  static func inData(_ path: String) -> String {
    path.hasPrefix("data/") ? String(path.dropFirst(5)) : "../\(path)"
  }

  /// `E-9f3c4a12aabb`; the same bytes collected again get `-2`, `-3`.
  private static func ids(of rows: [EvidenceRow]) -> [Int: String] {
    var seen: [Digest: Int] = [:]
    var ids: [Int: String] = [:]
    for row in rows {
      let count = seen[row.digest, default: 0] + 1
      seen[row.digest] = count
      ids[row.evidence] = "E-\(row.digest.short)" + (count > 1 ? "-\(count)" : "")
    }
    return ids
  }
}
