import Foundation
import Mustache
import VouchModel

/// Writes the package of a period: a BagIt folder and the same as one zip (contract 6).
public enum PackageWriter {
  /// Writes the package into the folder `output`.
  ///
  /// Everything is written aside in `.<name>.tmp-<pid>`, brought to disk and renamed, so that a
  /// failure at any point leaves a package of the same name as it was. Throws ``Refusal``.
  public static func write(
    _ input: PackageInput, to output: String,
    progress: (PackageProgress) -> Void = { _ in }
  ) throws -> PackageReceipt {
    let name = PackageLayout.name(of: input.assessment)
    let staging = try Staging(for: name, in: output)
    defer { staging.remove() }
    let bag = try BagWriter(in: staging.folder, name: name)
    let run = try PackageRun(input, bag: bag, temporary: staging.folder)
    let digest = try withoutActuallyEscaping(progress) { try run.write(progress: $0) }
    progress(PackageProgress(stage: "to disk", done: 0, total: 0))
    try staging.publish()
    return run.receipt(
      folder: "\(output)/\(name)", archive: "\(output)/\(name).zip", tagManifest: digest)
  }
}

/// One package while it is written, part by part.
private final class PackageRun {
  private var input: PackageInput
  private let bag: BagWriter
  private let temporary: String
  private let validation: Validation
  private var populations: [String: PopulationSummary] = [:]
  private var pages = 0
  private var observations = 0
  private var replaced = 0
  private var notes: [Diagnostic] = []

  private var assessment: Assessment { input.assessment }

  init(_ input: PackageInput, bag: BagWriter, temporary: String) throws {
    self.input = input
    self.bag = bag
    self.temporary = temporary
    validation = try Validation(input.files, folder: input.schemas)
  }

  /// - Returns: the digest of the tag manifest.
  func write(progress: (PackageProgress) -> Void) throws -> Digest {
    func stage(_ name: String) { progress(PackageProgress(stage: name, done: 0, total: 0)) }
    try evidence(progress)
    stage("records")
    try reperform()
    try populations(stage)
    // The workbook is written by one thread from what is known by now; the rest goes on beside it.
    let workbook = Ahead { [input, populations, temporary] in
      try WrittenWorkbook(input, populations: populations, temporary: temporary)
    }
    let rest = Result {
      try tables(stage)
      stage("XML")
      try xml()
      stage("pages")
      try input.pages.pages(of: input) { page in
        pages += 1
        try bag.add(page.path, page.bytes)
      }
    }
    stage("workbook")
    let book = Result { try workbook.value() }
    try rest.get()
    if let book = try book.get() { try add(book) }
    try bag.add(PackageLayout.check, input.check)
    stage("manifest")
    return try bag.finish(info: try info()) { try input.seal?($0) ?? [] }
  }

  // MARK: Evidence and what is needed to compute again

  private func evidence(_ progress: (PackageProgress) -> Void) throws {
    let total = assessment.evidence.reduce(0) { $0 + $1.size }
    var done = 0
    for row in assessment.evidence {
      let path = PackageLayout.evidence(row)
      if let there = bag.entries[path] {
        if there.digest != row.digest { throw Self.clash(path) }
        continue
      }
      try bag.copy(path, from: input.evidencePath(row), digest: row.digest) { bytes in
        done += bytes
        progress(PackageProgress(stage: "evidence", done: done, total: total))
      }
    }
    try bag.copy(PackageLayout.ledger, from: input.ledger)
    for file in input.declarations { try bag.add(file.path, file.bytes) }
  }

  /// Twelve digits of the digest are in the name, so this takes a forged pair of files.
  private static func clash(_ path: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "package.evidence-clash", .error, at: path,
        "two files of evidence whose digests begin alike have the same source and name",
        why: "a package is one file a path", fix: "collect one of them under another name"))
  }

  private func reperform() throws {
    try bag.link(PackageLayout.records, from: input.records)
    try bag.add(PackageLayout.controlsSQL, text: input.controlsSQL)
    try bag.add(PackageLayout.expected, text: input.expectedCSV)
    for file in input.files { try bag.add(PackageLayout.inForce(file.path), file.bytes) }
    try bag.add(PackageLayout.reperformReadme, text: try readme())
  }

  private func readme() throws -> String {
    let path = "templates/packages/soc2/reperform/README.txt.mustache"
    guard let template = input.text(of: path), let text = try? MustacheTemplate(string: template)
    else {
      throw Refusal(
        .data,
        Diagnostic(
          "package.template", .error, at: path, "there is no such template, or it is no Mustache",
          why: "the package cannot be written without it",
          fix: "remove it from the workspace so that the built-in one counts"))
    }
    return text.render([
      "organization": XMLText.line(assessment.engagement.organization),
      "period": "period \(assessment.period.id)", "name": PackageLayout.name(of: assessment),
      "tool_version": input.toolVersion,
    ])
  }

  // MARK: Workpapers

  private func populations(_ stage: (String) -> Void) throws {
    stage("populations")
    for conclusion in assessment.conclusions where !conclusion.slices.isEmpty {
      if let written = try input.population(conclusion) { try population(of: conclusion, written) }
    }
    input.populationDigests = populations.mapValues(\.digest)
  }

  private func tables(_ stage: (String) -> Void) throws {
    stage("workpapers")
    let workpapers = Workpapers(input)
    for table in [
      workpapers.controlMatrix, workpapers.deviations, workpapers.kpis, workpapers.evidenceIndex,
    ] + workpapers.patching {
      guard let path = table.path else { continue }
      let file = try bag.stream(path)
      replaced += try table.write(to: file)
      try file.close()
    }
  }

  private func population(of conclusion: Conclusion, _ written: WrittenPopulation) throws {
    let id = conclusion.control.id
    try bag.link(PackageLayout.population(id), from: written.path)
    unlink(written.path)
    populations[id] = written.summary
    replaced += written.replaced
    if written.summary.rows != conclusion.population {
      try miscounted(conclusion, rows: written.summary.rows)
    }
  }

  /// A rule that could not be run to its end judged nothing, and its conclusion says so; anything
  /// else has to agree with what was judged.
  private func miscounted(_ conclusion: Conclusion, rows: Int) throws {
    let text = "the population has \(rows) rows, \(conclusion.population) items were evaluated"
    let path = PackageLayout.population(conclusion.control.id)
    if conclusion.verdict == .insufficientEvidence {
      notes.append(
        Diagnostic(
          "package.population-differs", .warning, at: path, text,
          why: "the control has insufficient evidence: \(conclusion.reason)"))
      return
    }
    throw Refusal(
      .data,
      Diagnostic(
        "package.population-differs", .error, at: path, text,
        why: "a workpaper that shows another population than was judged is wrong",
        fix: "run the command again; if it happens again, report this"))
  }

  private func add(_ book: WrittenWorkbook) throws {
    try bag.link(PackageLayout.workbook, from: book.path)
    try? FileManager.default.removeItem(atPath: book.path)
    for name in book.capped {
      notes.append(
        Diagnostic(
          "package.sheet-capped", .warning, at: PackageLayout.workbook,
          "sheet '\(name)' holds the first \(Workbook.rowLimit - 2) rows, Excel's limit",
          why: "a spreadsheet cannot show all", fix: "use the CSV, which has all rows"))
    }
    if book.cut > 0 {
      notes.append(
        Diagnostic(
          "package.cell-cut", .note, at: PackageLayout.workbook,
          "\(book.cut) cells are longer than Excel allows and were cut",
          fix: "use the CSV, which has all of the text"))
    }
  }

  // MARK: XML

  private func xml() throws {
    for path in [PackageLayout.packageSchema, PackageLayout.oscalSchema] {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if let text = input.text(of: XMLTemplates.folder + name) { try bag.add(path, text: text) }
    }
    let ledger = bag.entries[PackageLayout.ledger]?.digest ?? .zero
    let context = try OSCALContext(input, ledger: ledger)
    let documents = OSCALDocuments(context: context, bag: bag, validation: validation)
    observations = try documents.write(populations: populations)
    let file = try bag.stream(PackageLayout.package)
    replaced = try PackageXML(
      input, replaced: replaced + context.replaced, to: file
    ).write()
    try file.close()
    let references = PackageReferences(files: bag.entries)
    try validation.check(
      "\(bag.folder)/\(PackageLayout.package)", as: PackageLayout.package, kind: .package,
      visitor: references)
    references.finish()
    try Validation.refuse(references.faults, in: PackageLayout.package)
    if replaced > 0 {
      notes.append(
        Diagnostic(
          "package.replaced-characters", .note, at: "data/xml",
          "\(replaced) characters that XML or a table cannot hold were replaced by U+FFFD",
          why: "the evidence itself keeps them"))
    }
  }

  // MARK: Tag files

  private func info() throws -> [(label: String, value: String)] {
    let path = "\(bag.folder)/\(PackageLayout.ledger)"
    guard let bytes = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw Refusal.io("read", path)
    }
    let ledger = LedgerEnd(bytes)
    return [
      ("Bag-Software-Agent", "vouch \(input.toolVersion)"),
      ("Bagging-Date", assessment.asOf.date),
      ("External-Identifier", PackageLayout.name(of: assessment)),
      ("Source-Organization", assessment.engagement.organization),
      ("Vouch-As-Of", assessment.asOf.iso8601), ("Vouch-Ledger-Entries", String(ledger.entries)),
      ("Vouch-Ledger-Head", ledger.head.hex),
      ("Vouch-Period-End", assessment.period.end.iso8601),
      ("Vouch-Period-Start", assessment.period.start.iso8601),
      ("Vouch-Replaced-Characters", String(replaced)),
      ("Vouch-Rules-Digest", input.rulesDigest.hex),
      ("Vouch-Status", assessment.incomplete.isEmpty ? "COMPLETE" : "INCOMPLETE"),
    ]
  }

  func receipt(folder: String, archive: String, tagManifest: Digest) -> PackageReceipt {
    let payload = bag.payload
    let evidence = bag.entries.keys.count {
      $0.hasPrefix("data/evidence/") && $0 != PackageLayout.ledger
    }
    return PackageReceipt(
      folder: folder, archive: archive, tagManifest: tagManifest,
      isComplete: assessment.incomplete.isEmpty, files: payload.files, bytes: payload.bytes,
      pages: pages, evidenceFiles: evidence, observations: observations,
      replacedCharacters: replaced, notes: notes)
  }
}

/// The workbook on disk, not yet in the package.
private struct WrittenWorkbook: Sendable {
  let path: String
  let capped: [String]
  let cut: Int

  init(
    _ input: PackageInput, populations: [String: PopulationSummary], temporary: String
  ) throws {
    path = "\(temporary)/workbook.xlsx"
    let (assessment, engagement) = (input.assessment, input.assessment.engagement)
    let book = try Workbook(
      path, temporary: temporary,
      title: "Workpapers, \(engagement.organization), \(assessment.period.id)",
      company: engagement.organization, created: assessment.asOf)
    for sheet in Workpapers(input).sheets(populations: populations) { try book.add(sheet) }
    try book.close()
    (capped, cut) = (book.capped, book.cut)
  }
}

/// How many entries a custody ledger has, and the digest of its last, so that a cut tail is seen.
struct LedgerEnd {
  let entries: Int
  let head: Digest

  init(_ ledger: Data) {
    let lines = ledger.split(separator: 0x0A)
    entries = lines.count
    head = lines.last.map { Digest.sha256($0) } ?? .zero
  }
}
