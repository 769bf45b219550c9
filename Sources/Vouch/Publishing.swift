import Foundation
import GRDB
import VouchControls
import VouchModel
import VouchPackages
import VouchVerify

/// A public page that passed every gate, not yet shown to anybody.
public struct PublicDraft: Sendable {
  public let files: [PackageFile]
  public let forms: [PackageFile]
  public let summary: PublicSummary
  /// Digest over all files: what a person approves.
  public let content: Digest
  /// What the reader of the terminal should know: a report that is not mentioned.
  public let notes: [Diagnostic]
}

extension Workspace {
  /// Names below `output/`.
  enum PublicPlace {
    static let draft = "public-draft"
    static let published = "public"
    static let forms = "forms"
  }

  /// Renders the public page of a package and passes it through every gate; writes nothing.
  ///
  /// - Parameters:
  ///   - package: folder or zip; nil: the period's package in `output/`.
  ///   - now: decides which day it is, for a report that must not be mentioned any more.
  public func draftPublication(
    package: String?, period: Period, now: Instant, output: String,
    progress: (WorkProgress) -> Void = { _ in }
  ) throws -> PublicDraft {
    guard let publication = configuration.publication else { throw Self.nothingToPublish }
    let path = try package ?? Self.package(configuration.engagement, period, output)
    progress(.stage("verify"))
    try Self.verified(path)
    let opened = try OpenedPackage(path)
    try isOurs(opened, path)
    let engagement = opened.workspace.configuration.engagement
    let today = engagement.zone.date(of: now)
    progress(.stage("figures"))
    let (again, values) = try Self.recompute(opened, engagement)
    let stated = Self.figures(opened.check)
    try Self.same(stated, again)

    let digest = Digest.sha256(
      FileManager.default.contents(atPath: opened.folder + "/tagmanifest-sha256.txt") ?? Data())
    func summary(_ figures: [PackageFigure]) throws -> PublicSummary {
      try PublicSummary(
        SummaryInput(
          check: opened.check, figures: figures, publication: publication, engagement: engagement,
          package: digest, isComplete: opened.check["complete"].flag ?? false, today: today))
    }
    progress(.stage("gates"))
    let page = try summary(stated)
    let pages = publicPages
    let files = try pages.files(
      of: page, truth: try summary(again), publication: publication, values: values)
    return PublicDraft(
      files: files, forms: try pages.forms(of: page), summary: page,
      content: Approval.digest(of: files),
      notes: [
        PublicSummary.silence(about: publication.report, today: today, zone: engagement.zone)
      ].compactMap { $0 })
  }

  /// Writes the draft, and the blank forms that are not there yet; returns the draft's folder.
  public func write(_ draft: PublicDraft, output: String) throws -> String {
    try Self.makeFolder(output)
    try PublicFolder.write([(PublicPlace.draft, draft.files)], in: output)
    // A form that somebody has begun to fill in is not ours any more.
    let folder = "\(output)/\(PublicPlace.forms)"
    try Self.makeFolder(folder)
    for form in draft.forms
    where !FileManager.default.fileExists(atPath: "\(folder)/\(form.path)") {
      try PublicFolder.write([], files: [form], in: folder)
    }
    return "\(output)/\(PublicPlace.draft)"
  }

  /// Puts the draft in place as what was approved; returns the folder to publish.
  ///
  /// The page is rendered again. Approved is only what a person could have looked at: the draft
  /// on disk has to be the same, byte for byte.
  public func approve(
    _ draft: PublicDraft, by person: String, at moment: Instant, output: String
  ) throws -> (folder: String, approval: Approval) {
    try mayApprove(person)
    let folder = "\(output)/\(PublicPlace.draft)"
    guard FileManager.default.fileExists(atPath: folder) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "publish.no-draft", .error, at: folder, "there is no draft that could be approved",
          why: "a person approves what that person has seen",
          fix: "run 'vouch publish', look at the page, then approve it"))
    }
    let there = Self.files(in: folder)
    let changed =
      draft.files.filter { there[$0.path] != $0.bytes }.map(\.path)
      + there.keys.filter { name in !draft.files.contains { $0.path == name } }
    guard changed.isEmpty else {
      throw Refusal(
        .data,
        changed.sorted().map {
          Diagnostic(
            "publish.draft-changed", .error, at: "\(folder)/\($0)",
            "the draft is not what would be published now",
            why: "an approval covers the bytes that were looked at and no others",
            fix: "run 'vouch publish', look at the page again, then approve it")
        })
    }
    let zone = configuration.engagement.zone
    guard zone.date(of: moment) <= draft.summary.validUntil else {
      throw Refusal(
        .data,
        Diagnostic(
          "publish.expired", .error, at: "\(folder)/index.html",
          "the page was valid until \(draft.summary.validUntil)",
          why: "an expired page is not put online",
          fix: "publish a newer package, or state a longer publishing.valid_days"))
    }
    let approval = Approval(
      files: draft.files, by: person, at: moment, package: draft.summary.package,
      validUntil: draft.summary.validUntil, after: self.approval(output: output))
    // The approval is in place before the page: a crash in between leaves an old page that
    // --check names, never a page that nobody approved.
    try PublicFolder.write(
      [(PublicPlace.published, draft.files)],
      files: [PackageFile(path: Approval.file, text: approval.text)], in: output)
    return ("\(output)/\(PublicPlace.published)", approval)
  }

  /// The approval in `output/`, if there is one.
  public func approval(output: String) -> Approval? {
    Approval(at: "\(output)/\(Approval.file)")
  }

  /// The folder commands write to when none is named.
  public var outputFolder: String { path + "/output" }

  private func mayApprove(_ person: String) throws {
    guard Approval.isNameAndRole(person) else {
      throw Refusal(
        .data,
        Diagnostic(
          "publish.approver", .error, "an approval needs a name and a role",
          why: "management answers for the page, so somebody has to",
          fix: "--by \"Name, role\""))
    }
    let known = configuration.publication?.approvers ?? []
    guard known.isEmpty || known.contains(person) else {
      throw Refusal(
        .data,
        Diagnostic(
          "publish.approver", .error, at: "vouch.yaml",
          "publishing.approver does not name this person in this role",
          fix: "write name and role as they stand there"))
    }
  }

  private var publicPages: PublicPages {
    let folder = "packages/public/"
    let builtIn = Templates(files: Templates.builtIn)
    return PublicPages(
      templates: templates, builtIn: builtIn,
      names: Self.names(templates.below(folder)), builtInNames: Self.names(builtIn.below(folder)))
  }

  /// The files of the folder that end up on the page.
  private static func names(_ files: [(name: String, text: String)]) -> [String] {
    files.map(\.name).filter { !$0.hasSuffix(".md") }.map { "templates/\($0)" }
  }

  // MARK: The package

  private static func package(
    _ engagement: Engagement, _ period: Period, _ output: String
  ) throws -> String {
    let path = "\(output)/\(engagement.slug)-soc2-\(period.id)"
    for candidate in [path, path + ".zip"]
    where FileManager.default.fileExists(atPath: candidate) {
      return candidate
    }
    throw Refusal(
      .noInput,
      Diagnostic(
        "publish.no-package", .error, at: path, "there is no package of the period \(period.id)",
        why: "every figure of the public page comes from a package",
        fix: "run 'vouch bundle', or name a package"))
  }

  /// A page from a package that does not verify would claim what nobody can check.
  private static func verified(_ path: String) throws {
    let result = try PackageVerifier.verify(path)
    if result.isValid { return }
    throw Refusal(
      .data,
      result.findings.prefix(10).map(\.diagnostic) + [
        Diagnostic(
          "publish.not-valid", .error, at: path, "the package does not verify",
          why: "a public page rests on a package that anybody could check",
          fix: "run 'vouch verify' on it, and bundle it again")
      ])
  }

  private func isOurs(_ package: OpenedPackage, _ path: String) throws {
    let theirs = package.workspace.configuration.engagement
    let ours = configuration.engagement
    guard package.check["organization"].string == ours.organization, theirs.system == ours.system
    else {
      throw Refusal(
        .data,
        Diagnostic(
          "publish.other-organization", .error, at: path,
          "the package is about another organisation or system than this workspace",
          fix: "name a package of this workspace"))
    }
  }

  /// KPIs the page shows.
  private static let shown: Set<String> = ["K1", "K5", "K7", "K8", "K12"]

  private static func figures(_ check: JSON) -> [PackageFigure] {
    check["kpis"].elements.filter { shown.contains($0["id"].string ?? "") }.map { row in
      PackageFigure(
        id: row["id"].string ?? "", subject: row["subject"].string ?? "",
        measure: row["measure"].string ?? "", value: row["value"].real,
        target: row["target"].real)
    }
      + check["tools"]["outcomes"].elements.map { row in
        outcome(row["outcome"].string ?? "", row["pairs"].integer.map { Int($0) } ?? 0)
      }
  }

  /// How many pairs of host and CVE came out in one way.
  private static func outcome(_ name: String, _ pairs: Int) -> PackageFigure {
    PackageFigure(
      id: PublicSummary.outcomes, subject: name, measure: "pairs", value: Double(pairs),
      target: nil)
  }

  /// Packages of before the outcomes were in check.json have none to show.
  private static func outcomes(_ check: JSON, _ db: Database) throws -> [PackageFigure] {
    if check["tools"]["outcomes"].elements.isEmpty { return [] }
    return try Row.fetchAll(
      db, sql: "SELECT outcome, count(*) AS n FROM cve_outcome_row GROUP BY outcome"
    ).map { outcome($0["outcome"], $0["n"]) }
  }

  /// The figures again, from the package's records by the package's rules; and what the records
  /// name.
  private static func recompute(
    _ package: OpenedPackage, _ engagement: Engagement
  ) throws -> ([PackageFigure], IdentifyingValues) {
    var settings = GRDB.Configuration()
    settings.readonly = true
    let queue = try DatabaseQueue(
      path: "\(package.folder)/\(PackageLayout.records)", configuration: settings)
    let period = try package.period
    return try queue.writeWithoutTransaction { db in
      let failed = try package.workspace.failedSources(package.store)
      let evaluator = Evaluator(
        db, engagement: engagement, period: period, asOf: package.asOf ?? period.end,
        failedTypes: failed.mapValues(\.types))
      try same(package, evaluator, engagement)
      let kpis = package.workspace.library.kpis.filter { shown.contains($0.id) }
      let figures = try kpis.flatMap { try evaluator.measure($0).figures }.map {
        PackageFigure(
          id: $0.id, subject: $0.subject, measure: $0.measure, value: $0.value, target: $0.target)
      }
      let outcomes = try outcomes(package.check, db)
      return (figures + outcomes, try IdentifyingRecords.values(of: db, engagement: engagement))
    }
  }

  /// Every verdict again, from the package's records by the package's rules.
  private static func same(
    _ package: OpenedPackage, _ evaluator: Evaluator, _ engagement: Engagement
  ) throws {
    func line(_ parts: String...) -> String { parts.joined(separator: " ") }
    let stated = Set(
      package.check["controls"].elements.map { control in
        line(
          control["id"].string ?? "", control["verdict"].string ?? "",
          control["deviations"].text ?? "", control["waived"].text ?? "")
      })
    var again: Set<String> = []
    for adoption in engagement.adoptions {
      guard let file = package.workspace.library.control(adoption.control) else { continue }
      let conclusion = try evaluator.conclude(file.control, adoption: adoption)
      again.insert(
        line(
          adoption.control, conclusion.verdict.rawValue, String(conclusion.deviations),
          String(conclusion.waived)))
    }
    guard stated == again else {
      let wrong = stated.symmetricDifference(again).map { $0.prefix { $0 != " " } }
      throw Refusal(
        .data,
        Diagnostic(
          "publish.verdicts-differ", .error, at: PackageLayout.check,
          "verdicts of the package are not those that its records give: "
            + Set(wrong).sorted().prefix(5).joined(separator: ", "),
          why: "what is said of a category is computed again from the package",
          fix: "bundle the period again"))
    }
  }

  private static func same(_ stated: [PackageFigure], _ again: [PackageFigure]) throws {
    func key(_ figure: PackageFigure) -> String {
      let value = figure.value.map(number) ?? ""
      let target = figure.target.map(number) ?? ""
      return [figure.id, figure.subject, figure.measure, value, target].joined(separator: "\u{1F}")
    }
    let rest = Set(again.map(key))
    let wrong = stated.filter { !rest.contains(key($0)) }
    guard wrong.isEmpty, stated.count == again.count else {
      let named = wrong.map { "\($0.id) \($0.measure)" }
      throw Refusal(
        .data,
        Diagnostic(
          "publish.figures-differ", .error, at: PackageLayout.check,
          "figures of the package are not those that its records give"
            + (named.isEmpty ? "" : ": \(named.prefix(5).joined(separator: ", "))"),
          why: "every figure of the page is computed again from the package",
          fix: "bundle the period again"))
    }
  }

  // MARK: Files

  private static func files(in folder: String) -> [String: [UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return Dictionary(
      names.map { ($0, [UInt8](FileManager.default.contents(atPath: "\(folder)/\($0)") ?? Data())) }
    ) { first, _ in first }
  }

  private static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Refusal(
        .io,
        Diagnostic(
          "publish.io", .error, at: path, "the folder cannot be made",
          fix: "check the permissions of the folder above it"))
    }
  }

  private static let nothingToPublish = Refusal(
    .data,
    Diagnostic(
      "publish.not-configured", .error, at: "vouch.yaml", "there is no 'publishing:' in vouch.yaml",
      why: "the page says only what management enters for it and what the package proves",
      fix: "add the section; 'vouch init' writes a file with every key explained"))
}
