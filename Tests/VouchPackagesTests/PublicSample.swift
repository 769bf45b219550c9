import Foundation
import VouchModel

@testable import VouchPackages

/// A small package's figures and what a made-up management enters, for the gates in front of
/// publishing.
struct PublicSample {
  var publication = Publication(
    url: PublicText("https://example.com/security/", at: "vouch.yaml:10"), language: "en",
    description: PublicText("Keeps accounts.", at: "vouch.yaml:11"), boundaries: .empty,
    services: [
      Publication.Service(
        id: "web", name: PublicText("Web application", at: "vouch.yaml:13"), description: .empty)
    ], commitments: [PublicText("It is there when customers need it.", at: "vouch.yaml:20")],
    themes: [], contact: nil,
    vulnerabilityReports: Publication.Contact(
      text: .empty, email: PublicText("security@example.com", at: "vouch.yaml:30"), url: .empty),
    report: nil, minimumCount: 5, validDays: 120, approvedTerms: [], approvers: [])
  var values: [(String, String)] = [
    ("srv-0001", "asset.asset_id"), ("db-01.internal.example", "asset.hostname"),
    ("10.20.0.11", "asset.addresses"), ("CVE-2026-12345", "cve_number.cve"),
    ("19506", "plugin.plugin_id"), ("jane.roe@example.com", "account.names"),
    ("OPS-4711", "ticket.ticket_id"),
    ("evidence/inbox/hr/staff-list.csv", "evidence_item.endpoint"),
  ]
  /// Control, verdict, criteria.
  var controls: [(String, String, [String])] = (1...8).map {
    ("IAM-0\($0)", "pass", ["CC6.1"])
  }
  var criteria = ["CC6.1", "CC7.1"]
  var figures: [PackageFigure] = PublicSample.figures
  var today = "2026-11-24"
  var isComplete = true
  /// Templates of the workspace, by path.
  var own: [String: String] = [:]
  var title = "Accounts are reviewed"

  static let figures: [PackageFigure] =
    [
      figure("K1", "web", "uptime", 99.9999, target: 99.9),
      figure("K1", "api", "uptime", 99.1, target: 99.9),
      figure(PublicSummary.outcomes, "patched", "pairs", 120),
      figure(PublicSummary.outcomes, "live_patched", "pairs", 40),
      figure(PublicSummary.outcomes, "fixed_by_scan_only", "pairs", 300),
      figure(PublicSummary.outcomes, "open", "pairs", 20),
      figure(PublicSummary.outcomes, "accepted_in_scanner", "pairs", 3),
      figure(PublicSummary.outcomes, "asset_retired", "pairs", 9),
      figure("K12", "last scan interval", "coverage", 1),
      figure("K12", "last scan interval", "effective", 0.952380952),
      figure("K12", "last scan interval", "in scope", 42),
      figure("K12", "worst of 13 intervals", "coverage", 1),
      figure("K12", "worst of 13 intervals", "effective", 0.928571429),
    ] + severities("critical", 20, 20) + severities("high", 40, 30) + severities("medium", 60, 60)
    + severities("low", 10, 10) + severities("all", 130, 120)

  static func severities(_ subject: String, _ due: Double, _ met: Double) -> [PackageFigure] {
    [
      figure("K5", subject, "closed", due), figure("K5", subject, "median of closed", 13.25),
      figure("K5", subject, "90th percentile of closed", 28),
      figure("K5", subject, "mean, open ones aged to the end", 18.4),
      figure("K7", subject, "due in the period", due), figure("K7", subject, "on time", met),
      figure("K8", subject, "due in the period", due), figure("K8", subject, "met", met),
    ]
  }

  static func figure(
    _ id: String, _ subject: String, _ measure: String, _ value: Double?, target: Double? = nil
  ) -> PackageFigure {
    PackageFigure(id: id, subject: subject, measure: measure, value: value, target: target)
  }

  /// As `check.json` has it.
  var check: JSON {
    .object([
      ("organization", .string("Example Ledger")), ("as_of", .string("2026-10-01T00:00:00Z")),
      (
        "period",
        .object([
          ("id", .string("2026-Q3")), ("start", .string("2026-07-01T00:00:00Z")),
          ("end", .string("2026-10-01T00:00:00Z")),
        ])
      ),
      (
        "controls",
        .array(
          controls.map { id, verdict, _ in
            .object([
              ("id", .string(id)), ("title", .string(title)), ("verdict", .string(verdict)),
              ("deviations", .number("0")), ("waived", .number("0")),
            ])
          })
      ),
      (
        "criteria",
        .array(
          criteria.map { id in
            .object([
              ("id", .string(id)), ("in_scope", .bool(true)),
              (
                "controls",
                .array(controls.filter { $0.2.contains(id) }.map { .string($0.0) })
              ),
            ])
          })
      ),
    ])
  }

  private var engagement: Engagement {
    Engagement(
      organization: "Example Ledger", slug: "example", system: "Example Books",
      systemDescription: "", categories: [.security], zone: .utc, adoptions: [], parameters: [],
      waivers: [], exclusions: [], aliases: [:])
  }

  func summary(_ figures: [PackageFigure]? = nil) throws -> PublicSummary {
    try PublicSummary(
      SummaryInput(
        check: check, figures: figures ?? self.figures, publication: publication,
        engagement: engagement, package: .sha256("tag manifest"), isComplete: isComplete,
        today: today))
  }

  var identifying: IdentifyingValues {
    var all = IdentifyingValues()
    for (value, field) in values { all.add(value, field: field) }
    return all
  }

  private var pages: PublicPages {
    let folder = Sample.root.appending(path: PublicPages.folder)
    let enumerator = FileManager.default.enumerator(atPath: folder.path)
    let names = (enumerator?.compactMap { $0 as? String } ?? [])
      .filter { $0.contains(".") && !$0.hasSuffix(".md") }.map { "\(PublicPages.folder)/\($0)" }
    return PublicPages(
      templates: RepositoryTemplates(replaced: own), builtIn: RepositoryTemplates(),
      names: names + own.keys.filter { !names.contains($0) }, builtInNames: names)
  }

  /// The files by name; throws what the gates found.
  func files(truth: [PackageFigure]? = nil) throws -> [String: String] {
    let files = try pages.files(
      of: try summary(), truth: try summary(truth), publication: publication, values: identifying)
    return Dictionary(
      uniqueKeysWithValues: files.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) })
  }

  func forms() throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try pages.forms(of: summary()).map {
        ($0.path, String(decoding: $0.bytes, as: UTF8.self))
      })
  }

  /// What stops publishing; empty when nothing does.
  func findings(truth: [PackageFigure]? = nil) throws -> [Diagnostic] {
    do {
      _ = try files(truth: truth)
      return []
    } catch let refusal as Refusal {
      return refusal.diagnostics
    }
  }

  /// `id at` of every finding.
  func found(truth: [PackageFigure]? = nil) throws -> [String] {
    try findings(truth: truth).map { "\($0.id) \($0.at)" }
  }

  /// With a line of its own in the page's template, in front of the end of the main part.
  func adding(_ markup: String) throws -> PublicSample {
    var sample = self
    let path = "\(PublicPages.folder)/index.html.mustache"
    let text = try requireText(path)
    sample.own[path] = text.replacing("</main>", with: "\(markup)\n</main>")
    return sample
  }

  /// With something in a template replaced.
  func replacing(_ old: String, with new: String, in file: String = "index.html.mustache") throws
    -> PublicSample
  {
    var sample = self
    let path = "\(PublicPages.folder)/\(file)"
    let text = try requireText(path)
    precondition(text.contains(old), "\(file) has no '\(old)'")
    sample.own[path] = text.replacing(old, with: new)
    return sample
  }

  private func requireText(_ path: String) throws -> String {
    try String(contentsOf: Sample.root.appending(path: path), encoding: .utf8)
  }
}
