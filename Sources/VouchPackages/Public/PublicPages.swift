import Foundation
import VouchModel

/// The public page and its copies for programs, rendered and passed by every gate.
public struct PublicPages: Sendable {
  /// Where the templates, the style sheet and the words are, in a workspace and in the program.
  public static let folder = "templates/packages/public"
  public static let page = "index.html"
  public static let json = "summary.json"
  public static let xml = "summary.xml"
  public static let schema = "summary.xsd"

  private let templates: any TemplateSource
  private let builtIn: any TemplateSource
  private let own: [TemplateFile]
  private let wording: Wording

  /// - Parameters:
  ///   - templates: the files in force, a workspace's own before the built-in ones.
  ///   - builtIn: the built-in ones alone; their wording may stand on every page.
  ///   - names: every file of the folder that is in force.
  ///   - builtInNames: those of the program.
  public init(
    templates: any TemplateSource, builtIn: any TemplateSource, names: [String],
    builtInNames: [String]
  ) {
    self.templates = templates
    self.builtIn = builtIn
    own = names.compactMap(templates.template).filter(\.isOwn)
    // The keys of summary.json are written by no template.
    wording = Wording(builtInNames.compactMap { builtIn.template($0)?.text } + [Self.keys])
  }

  static let shapes: [String: ViewShape] = [
    "index.html": SummaryPage.shape, "summary.xml": SummaryPage.shape,
    "assertion.html": FormPage.shape, "bridge-letter.html": FormPage.shape,
  ]

  private struct Press {
    let words: Words
    let set: TemplateSet
    let style: StyleSheet
    let schema: TemplateFile
  }

  private func press(_ language: String) throws -> Press {
    let words = try Words(
      try file("\(Self.folder)/strings/\(language).yaml", language: language),
      required: PublicWord.required)
    let style = try StyleSheet(try file("\(Self.folder)/style.css"))
    return Press(
      words: words,
      set: try TemplateSet(
        folder: Self.folder, pages: Self.shapes, words: words, source: templates),
      style: style, schema: try file("\(Self.folder)/\(Self.schema)"))
  }

  /// The files to publish; throws ``Refusal`` with everything that a gate found.
  ///
  /// - Parameters:
  ///   - truth: the summary from figures that were computed again.
  ///   - values: what must not be on the page.
  public func files(
    of summary: PublicSummary, truth: PublicSummary, publication: Publication,
    values: IdentifyingValues
  ) throws -> [PackageFile] {
    let press = try press(summary.language)
    let allowed = allowed(summary, publication)
    let leaks = LeakCheck(values: values, allowed: allowed)
    let claims = ClaimsCheck(more: press.words.optional("claims") ?? "")
    var found = languageProblems(summary.language, press.words)
    found += changedWords(press.words)
    // What people wrote comes first: its places are the ones to mend.
    for text in publication.texts.map(ReadText.init) {
      found += leaks.findings(inOwn: text) + claims.findings(in: text, isOwn: true)
    }
    found += OwnTextCheck.findings(publication)
    if let style = own.first(where: { $0.path == "\(Self.folder)/style.css" }) {
      found += HidingCheck(builtIn: builtIn.template(style.path)?.text ?? "").findings(in: style)
    }
    for file in own {
      let text = ReadText(
        Array(Self.spoken(file).utf8), path: file.path, isMarkup: file.path.hasSuffix(".mustache"))
      found += leaks.findings(in: text) + claims.findings(in: text)
    }
    if !found.isEmpty { throw Refusal(.data, found) }

    let text = SummaryText(summary: summary, words: press.words)
    let view = SummaryPage(text: text, style: press.style)
    let files = [
      PackageFile(path: Self.page, text: press.set.render("index.html", view)),
      PackageFile(path: Self.json, text: SummaryJSON.text(text)),
      PackageFile(path: Self.xml, text: press.set.render("summary.xml", view)),
      PackageFile(path: Self.schema, text: press.schema.text),
    ]
    let check = TruthCheck(expected: SummaryText(summary: truth, words: press.words))
    for file in files {
      // The schema is a built-in file, or one of the workspace that was read above.
      if file.path != Self.schema {
        let text = ReadText(
          file.bytes, path: file.path, isMarkup: !file.path.hasSuffix(".json"))
        found += leaks.findings(in: text) + claims.findings(in: text)
      }
      switch file.path {
      case Self.page:
        found += MarkupCheck(path: file.path).findings(file.bytes)
        found += check.findings(page: file.bytes, path: file.path)
      case Self.json: found += check.findings(json: file.bytes, path: file.path)
      case Self.xml:
        found += try valid(file, press.schema)
        found += check.findings(xml: file.bytes, path: file.path)
      default: break
      }
    }
    if !found.isEmpty { throw Refusal(.data, found) }
    return files
  }

  /// Management's statement and the letter for the time after the period, blank.
  public func forms(of summary: PublicSummary) throws -> [PackageFile] {
    let press = try press(summary.language)
    let view = FormPage(
      text: SummaryText(summary: summary, words: press.words), style: press.style)
    let files = ["assertion", "bridge-letter"].map { name in
      PackageFile(
        path: "\(name)-\(summary.periodID.replacing(#/[^A-Za-z0-9.-]+/#, with: "_")).html",
        text: press.set.render("\(name).html", view))
    }
    let lint = WordingLint(.package)
    let found = files.flatMap { lint.findings(inPage: $0.bytes, path: $0.path) }
    if !found.isEmpty { throw Refusal(.data, found) }
    return files
  }

  /// The text of a template, without the list of claims that a language file brings: that they
  /// stand there is what it is for.
  private static func spoken(_ file: TemplateFile) -> String {
    guard file.path.hasSuffix(".yaml") else { return file.text }
    var isClaims = false
    return file.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if let first = line.first, first != " " { isClaims = line.hasPrefix("claims:") }
      return isClaims ? "" : String(line)
    }.joined(separator: "\n")
  }

  // MARK: What may stand there

  private func allowed(_ summary: PublicSummary, _ publication: Publication) -> AllowedText {
    var allowed = AllowedText(wording: wording)
    let entered =
      publication.approvedTerms + publication.addresses.map(\.text)
      + [
        summary.organization, summary.system, summary.periodID, summary.package, summary.firstDay,
        summary.lastDay, summary.validUntil,
      ]
    for text in entered { allowed.enter(text) }
    return allowed
  }

  private static let keys =
    "schema vouch public summary title language prepared_by not_examined organization system "
    + "description boundaries period id first_day last_day valid_until package "
    + "tag_manifest_sha256 complete minimum_count categories state statement services name uptime "
    + "target more_services planned_maintenance commitments themes text figures value unit report "
    + "contact email url vulnerability_reports exact more_than withheld not_measured percent days "
    + "items true false null all_operated own_operated not_all partly_addressed no_controls context type "
    + "WebPage inLanguage temporalCoverage expires publisher Organization https schema org "
    + "f patching remediation tickets coverage critical high medium low all count median p90 aged "
    + "share last worst reached effective v"

  private func languageProblems(_ language: String, _ words: Words) -> [Diagnostic] {
    if ClaimsCheck.languages.contains(language) || words.optional("claims") != nil { return [] }
    return [
      Diagnostic(
        "publish.language", .error, at: words.path,
        "it is not known which words of the language '\(language)' claim too much",
        why: "the claims check has to read every language of the page",
        fix: "add a line 'claims:' with the words for certified, compliant, audited and their "
          + "like, separated by semicolons; '*' ends a stem")
    ]
  }

  /// Who prepared the page, that nobody examined it, and what is said of a category is worded by
  /// Vouch. A workspace's own words may differ everywhere else.
  private func changedWords(_ words: Words) -> [Diagnostic] {
    guard let original = builtIn.template(words.path),
      let theirs = try? Words(original, required: [])
    else { return [] }
    return PublicWord.allCases.map(\.rawValue).filter { key in
      ["statement.", "category.", "report.", "planned."].contains { key.hasPrefix($0) }
        && words.optional(key) != theirs.optional(key)
    }.map { key in
      Diagnostic(
        "publish.fixed-words", .error, at: words.path,
        "the words of '\(key)' are not to be changed",
        why: "they say who answers for the page and what is true of the controls",
        fix: "take the built-in words for this key")
    }
  }

  private func valid(_ file: PackageFile, _ schema: TemplateFile) throws -> [Diagnostic] {
    let path = NSTemporaryDirectory() + "vouch-summary-\(UUID().uuidString).xml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(file.bytes).write(to: URL(fileURLWithPath: path))
    let faults = try XMLPass.read(
      path, schema: try XMLSchema(Array(schema.text.utf8), name: schema.path))
    return faults.all.map {
      Diagnostic(
        "publish.invalid-xml", .error, at: "\(file.path):\($0.line)", $0.text,
        why: "programs rely on the schema", fix: "mend the template summary.xml")
    }
  }

  private func file(_ path: String, language: String? = nil) throws(Refusal) -> TemplateFile {
    if let file = templates.template(path) { return file }
    throw Refusal(
      .data,
      Diagnostic(
        "publish.no-template", .error, at: path,
        language.map { "there are no words in the language '\($0)'" } ?? "there is no such file",
        fix: language == nil
          ? "remove the workspace's own folder to get the built-in templates back"
          : "set publishing.language to en or de, or add the file"))
  }
}
