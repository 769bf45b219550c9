import Foundation
import VouchModel

@testable import VouchPackages

/// The templates of the repository, some of them replaced by a test.
struct RepositoryTemplates: TemplateSource {
  var replaced: [String: String] = [:]

  func template(_ path: String) -> TemplateFile? {
    if let text = replaced[path] { return TemplateFile(path: path, text: text, isOwn: true) }
    guard let text = try? String(contentsOf: Sample.root.appending(path: path), encoding: .utf8)
    else { return nil }
    return TemplateFile(path: path, text: text)
  }
}

extension Sample {
  /// All pages of the sample by path, rendered once for all tests.
  static func pages() throws -> [String: String] { try once.get() }
  private static let once = Result { try pages(of: assessment) }

  /// All pages of the sample with 4,000 deviating items.
  static func longPages() throws -> [String: String] { try longOnce.get() }
  private static let longOnce = Result { try pages(of: long(items: 4000)) }

  static func pages(
    of assessment: Assessment = Sample.assessment,
    templates: RepositoryTemplates = .init(), language: String = "en",
    requests: [AuditRequest] = [], isSigned: Bool = false
  ) throws -> [String: String] {
    var pages: [String: String] = [:]
    let source = SOC2Pages(templates: templates, language: language, requests: requests)
    try source.pages(of: pageInput(assessment, isSigned: isSigned)) {
      pages[$0.path] = String(decoding: $0.bytes, as: UTF8.self)
    }
    return pages
  }

  /// An input with nothing on disk: pages read none of it.
  static func pageInput(
    _ assessment: Assessment, isSigned: Bool = false,
    patching: PatchMaterial? = PatchSample.material
  ) -> PackageInput {
    PackageInput(
      assessment: assessment, check: [], evidencePath: { _ in "" }, ledger: "", records: "",
      controlsSQL: "", expectedCSV: "", files: [], population: { _ in nil },
      toolVersion: "0.1.0", rulesDigest: Digest.sha256("rules"), pages: PlainPages(),
      seal: isSigned ? { @Sendable _ in [] } : nil, patching: patching)
  }
}

extension Sample {
  /// The sample with other parts.
  static func assessment(
    conclusions: [Conclusion]? = nil, evidence: [EvidenceRow]? = nil, kpis: [KPIResult]? = nil,
    incomplete: [(source: String, text: String, criteria: [String])]? = nil,
    diagnostics: [Diagnostic]? = nil
  ) -> Assessment {
    let sample = assessment
    return Assessment(
      engagement: sample.engagement, period: sample.period, asOf: sample.asOf,
      conclusions: conclusions ?? sample.conclusions, notAdopted: sample.notAdopted,
      criteria: sample.criteria, kpis: kpis ?? sample.kpis, evidence: evidence ?? sample.evidence,
      diagnostics: diagnostics ?? sample.diagnostics, incomplete: incomplete ?? sample.incomplete)
  }

  /// The sample without the source that failed.
  static var complete: Assessment { assessment(incomplete: []) }

  /// The sample with one control that has many deviating items.
  static func long(items: Int) -> Assessment {
    replacing("VM-02") { old in
      let results = (0..<items).map { number in
        ItemResult(
          item: "web-\(number)|19506|CVE-2026-\(10000 + number)|443/tcp", attribute: "A",
          result: .false, decides: true, waiver: nil, evidence: 1, place: "L\(number)")
      }
      return [
        slice(
          period, .fail, "\(items) of \(items) items deviate", population: items,
          deviations: items, of: old.control, items: results)
      ]
    }
  }

  /// The sample with an item that deviates in both parts of the period.
  static var twice: Assessment {
    replacing("VM-02") { old in
      old.slices.map { part in
        slice(
          part.slice, .fail, "1 of 2 items deviates", population: 2, deviations: 1,
          of: old.control,
          items: [
            ItemResult(
              item: "web-09|1|2", attribute: "A", result: .false, decides: true, waiver: nil,
              evidence: 1, place: "L1")
          ])
      }
    }
  }

  private static func replacing(
    _ id: String, _ slices: (Conclusion) -> [SliceResult]
  ) -> Assessment {
    assessment(
      conclusions: conclusions.map { old in
        guard old.control.id == id else { return old }
        return Conclusion(
          control: old.control, owner: old.owner, slices: slices(old), verdict: .fail,
          reason: old.reason, gaps: old.gaps, evidence: old.evidence, response: old.response)
      })
  }

  /// Files of the package that pages may link to, besides pages.
  static var packageFiles: Set<String> {
    let controls = conclusions.map(\.control)
    return Set(
      [
        PackageLayout.check, PackageLayout.ledger, PackageLayout.controlMatrix,
        PackageLayout.deviations, PackageLayout.kpis, PackageLayout.evidenceIndex,
        PackageLayout.patchingLate, PackageLayout.patchingViews, PackageLayout.patchingHosts,
        PackageLayout.patchingIdentities, PackageLayout.patchingRestarts,
        PackageLayout.workbook, PackageLayout.tscCatalog, PackageLayout.controlsCatalog,
        PackageLayout.assessmentPlan, PackageLayout.assessmentResults, PackageLayout.package,
        PackageLayout.packageSchema, PackageLayout.records, PackageLayout.controlsSQL,
        PackageLayout.expected, PackageLayout.reperformReadme,
      ] + controls.map { PackageLayout.population($0.id) }
        + controls.map { PackageLayout.inForce($0.file) } + evidence.map(PackageLayout.evidence))
  }
}
