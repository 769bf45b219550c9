import Foundation
import GRDB
import VouchCapture
import VouchCollectors
import VouchControls
import VouchModel
import VouchStore

extension Workspace {
  /// Evaluates every adopted control.
  ///
  /// - Parameters:
  ///   - asOf: nil: the configured as_of, or the end of the period.
  ///   - only: ids of the controls to evaluate; nil: all that are adopted.
  ///   - body: gets the evaluator as well, while the records are open: for workpapers.
  public func assess(
    period: Period, asOf: Instant?, only: Set<String>? = nil,
    progress: (WorkProgress) -> Void = { _ in },
    _ body: (Assessment, Evaluator, RecordsDatabase, EvidenceStore) throws -> Void = { _, _, _, _ in
    }
  ) throws -> Assessment {
    try assess(period: period, asOf: asOf, only: only, shelf: nil, progress: progress, body)
  }

  /// - Parameter shelf: gets the populations on the way.
  func assess(
    period: Period, asOf: Instant?, only: Set<String>? = nil, shelf: PopulationShelf?,
    progress: (WorkProgress) -> Void,
    _ body: (Assessment, Evaluator, RecordsDatabase, EvidenceStore) throws -> Void
  ) throws -> Assessment {
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let store = try EvidenceStore(workspace: path)
    let records = try openRecords()
    return try assess(
      period: period, asOf: asOf, only: only, store: store, records: records, shelf: shelf,
      progress: progress, body)
  }

  /// Opens the records, brought up to date, for something other than an assessment.
  func openedRecords(asOf: Instant, _ body: (RecordsDatabase) throws -> Void) throws {
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let store = try EvidenceStore(workspace: path)
    let records = try openRecords()
    try sync(store, records)
    try records.derive(cutoff: asOf, aliases: configuration.engagement.aliases)
    try body(records)
  }

  func assess(
    period: Period, asOf: Instant?, only: Set<String>? = nil, store: EvidenceStore,
    records: RecordsDatabase,
    paths: [Int: String] = [:], standing: [Digest: (digest: Digest, size: Int)] = [:],
    shelf: PopulationShelf? = nil,
    progress: (WorkProgress) -> Void,
    _ body: (Assessment, Evaluator, RecordsDatabase, EvidenceStore) throws -> Void
  ) throws -> Assessment {
    let configured = period == configuration.period ? configuration.asOf : nil
    let moment = asOf ?? configured ?? period.end
    try sync(store, records, paths: paths, standing: standing, progress)
    progress(.stage("records"))
    try records.derive(cutoff: moment, aliases: configuration.engagement.aliases)
    let failed = try failedSources(store)
    return try records.reader().writeWithoutTransaction { db in
      let evaluator = Evaluator(
        db, engagement: configuration.engagement, period: period, asOf: moment,
        failedTypes: failed.mapValues(\.types))
      let assessment = try assess(
        evaluator, db, only: only, records: records, period: period, asOf: moment, failed: failed,
        shelf, progress)
      try body(assessment, evaluator, records, store)
      return assessment
    }
  }

  private func assess(
    _ evaluator: Evaluator, _ db: Database, only: Set<String>?, records: RecordsDatabase,
    period: Period,
    asOf: Instant, failed: [String: (types: Set<RecordType>, error: String)],
    _ shelf: PopulationShelf?,
    _ progress: (WorkProgress) -> Void
  ) throws -> Assessment {
    let engagement = configuration.engagement
    let jobs =
      engagement.adoptions.filter { only?.contains($0.control) ?? true }.compactMap { adoption in
        library.control(adoption.control).map { Judging.Job.control($0.control, adoption) }
      } + library.kpis.map(Judging.Job.kpi)
    let judging = Judging(
      records: records,
      makeEvaluator: { db in
        Evaluator(
          db, engagement: engagement, period: period, asOf: asOf,
          failedTypes: failed.mapValues(\.types))
      }, shelf: shelf,
      foresee: only == nil ? { try foreseen($0, $1, asOf: asOf) } : nil)
    let results = try judging.run(jobs, evaluator: evaluator, progress)
    for result in results { progress(.took(result.name, seconds: result.seconds)) }
    let conclusions = results.compactMap { result in
      if case .conclusion(let conclusion) = result.outcome { conclusion } else { nil }
    }
    let kpis = results.compactMap { result in
      if case .kpi(let kpi) = result.outcome { kpi } else { nil }
    }
    let adopted = Set(engagement.adoptions.map(\.control))
    let evidence = try Self.evidence(db)
    progress(.stage("what is due next"))
    let upcoming =
      only == nil
      ? try foreseen(results.flatMap(\.upcoming), evaluator, conclusions, asOf: asOf) : []
    return Assessment(
      engagement: engagement, period: period, asOf: asOf, conclusions: conclusions,
      notAdopted: library.files.map(\.control).filter { !adopted.contains($0.id) },
      criteria: Self.criteria(library.criteria, conclusions, engagement), kpis: kpis,
      evidence: evidence,
      diagnostics: try records.diagnostics() + results.flatMap(\.diagnostics)
        + Self.expired(engagement, asOf: asOf)
        + (only == nil ? try Self.identityDiagnostics(db) : []) + configuration.placeholders,
      incomplete: incomplete(evidence, failed, conclusions),
      tools: only == nil ? try Self.reconciliation(db, asOf: asOf) : ToolReconciliation(),
      upcoming: upcoming)
  }

  static func criteria(
    _ criteria: [Criterion], _ conclusions: [Conclusion], _ engagement: Engagement
  ) -> [CriterionResult] {
    criteria.map { criterion in
      let addressing = conclusions.filter { $0.control.criteria.contains(criterion.id) }
      return CriterionResult(
        criterion: criterion, controls: addressing.map(\.control.id),
        verdict: Verdict.worst(of: addressing.map(\.verdict)) ?? .insufficientEvidence,
        isInScope: criterion.applies(to: Set(engagement.categories)))
    }
  }

  /// Waivers that no longer hold at `asOf`.
  private static func expired(_ engagement: Engagement, asOf: Instant) -> [Diagnostic] {
    engagement.waivers.filter { $0.expiresAt <= asOf }.map { waiver in
      Diagnostic(
        "waiver.expired", .warning, at: "vouch.yaml",
        "waiver '\(waiver.id)' of control '\(waiver.control)' ended on \(waiver.expiresAt.date)",
        why: "an expired waiver waives nothing; the deviation counts",
        fix: "fix the item, or have a new waiver approved")
    }
  }

  /// Sources whose last attempt failed, with the record types they would have given.
  func failedSources(
    _ store: EvidenceStore
  ) throws -> [String: (types: Set<RecordType>, error: String)] {
    var last: [String: LedgerEntry] = [:]
    for entry in store.entries { last[entry.provenance.source] = entry }
    var failed: [String: (types: Set<RecordType>, error: String)] = [:]
    for source in configuration.sources {
      guard let entry = last[source.name], case .failed(let error) = entry.kind else { continue }
      failed[source.name] = (types(of: source), error)
    }
    return failed
  }

  private func types(of source: VouchCapture.Source) -> Set<RecordType> {
    if source.format == "table" || source.format == nil,
      let record = source.options["record"].flatMap(RecordType.named)
    {
      return [record]
    }
    return source.format.flatMap(Collectors.named).map { Set($0.gives) } ?? []
  }

  private func incomplete(
    _ evidence: [EvidenceRow], _ failed: [String: (types: Set<RecordType>, error: String)],
    _ conclusions: [Conclusion]
  ) -> [(source: String, text: String, criteria: [String])] {
    func criteria(_ isAffected: (Conclusion) -> Bool) -> [String] {
      Set(conclusions.filter(isAffected).flatMap(\.control.criteria))
        .sorted { Criterion.order($0) < Criterion.order($1) }
    }
    var all = failed.map { name, failure in
      (
        source: name, text: failure.error,
        criteria: criteria { conclusion in
          conclusion.slices.contains {
            $0.incompleteness.contains { $0.contains("source \(name) failed") }
          }
        }
      )
    }
    for row in evidence where !row.isComplete {
      let label = "evidence/\(row.digest.short)"
      all.append(
        (
          row.provenance.source,
          "\(label) (\(row.provenance.name)) \(row.provenance.partial ?? "could not be read completely")",
          criteria { conclusion in
            conclusion.slices.contains { $0.incompleteness.contains { $0.contains(label) } }
          }
        ))
    }
    return all.sorted { ($0.source, $0.text) < ($1.source, $1.text) }
  }

  static func evidence(_ db: Database) throws -> [EvidenceRow] {
    try Row.fetchAll(db, sql: "SELECT * FROM evidence_item ORDER BY evidence").compactMap { row in
      guard let digest = Digest(hex: row["sha256"] as String) else { return nil }
      func instant(_ column: String) -> Instant? {
        (row[column] as Int64?).map(Instant.init(seconds:))
      }
      var parameters: [String: String] = [:]
      if let json = try? JSON.parse((row["parameters"] as String? ?? "{}").utf8) {
        for (key, value) in json.object ?? [] { parameters[key] = value.string ?? "" }
      }
      let provenance = Provenance(
        source: row["source"], transport: row["transport"] ?? "", endpoint: row["endpoint"] ?? "",
        name: row["name"] ?? "", query: row["query"] ?? "", parameters: parameters,
        operator: row["operator"] ?? "", host: row["host"] ?? "",
        collector: row["collector_version"] ?? "",
        collectedAt: instant("collected_at") ?? Instant(seconds: 0),
        receivedAt: instant("received_at"), reportedTotal: row["source_reported_total"],
        page: row["page"], isLastPage: row["last_page"] ?? true, listing: row["listing"],
        partial: row["partial"])
      return EvidenceRow(
        evidence: row["evidence"], digest: digest, size: row["size"], provenance: provenance,
        format: row["format"] ?? "", effectiveAt: instant("effective_at"),
        coversFrom: instant("covers_from"), coversTo: instant("covers_to"),
        recordCount: row["record_count"] ?? 0, reportedTotal: row["source_reported_total"],
        isComplete: row["complete"] ?? false)
    }
  }
}
