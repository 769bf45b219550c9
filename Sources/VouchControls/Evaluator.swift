import Foundation
import GRDB
import GRDBSQLite
import VouchModel

/// Runs controls over the records and concludes.
public final class Evaluator {
  let db: Database
  let engagement: Engagement
  let period: Period
  private let asOf: Instant
  /// Record types that a source which failed or was cut off would have given.
  let failedTypes: [String: Set<RecordType>]
  private let parameterNames: Set<String>
  private let steps: Int
  private var currentSlice: Period?
  /// Problems of rules and waivers met on the way.
  public private(set) var diagnostics: [Diagnostic] = []

  /// - Parameters:
  ///   - db: a connection to the records; only read, temporary tables apart.
  ///   - asOf: when the evaluation stands: the end of the period, or a moment inside it.
  ///   - failedTypes: by source, what is missing because it failed last time.
  ///   - steps: of SQLite's virtual machine, after which a rule is stopped.
  public init(
    _ db: Database, engagement: Engagement, period: Period, asOf: Instant,
    failedTypes: [String: Set<RecordType>] = [:], steps: Int = SQLGuard.stepLimit
  ) {
    self.db = db
    self.engagement = engagement
    self.period = period
    self.asOf = asOf
    self.failedTypes = failedTypes
    self.steps = steps
    parameterNames = Set(engagement.parameters.map(\.name))
  }

  func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  func newGuard() -> SQLGuard { SQLGuard(steps: steps) }

  /// Runs a rule's statement with its steps counted. What goes wrong in the rule is an
  /// ``SQLProblem``, a full disk is not.
  func limited<T>(_ guardian: SQLGuard, _ body: () throws -> T) throws -> T {
    do {
      return try guardian.limited(on: db, body)
    } catch let error as DatabaseError {
      throw guardian.problem(error) ?? error
    }
  }

  /// Concludes about one adopted control.
  ///
  /// - Parameter observer: shown every item of the population while it is judged, so that it need
  ///   not be asked for twice; what it throws ends the judging.
  public func conclude(
    _ control: Control, adoption: Engagement.Adoption,
    showing observer: (any PopulationObserver)? = nil
  ) throws -> Conclusion {
    if let exclusion = engagement.exclusions.first(where: {
      $0.kind == "control" && $0.thing == control.id
    }) {
      return Conclusion(
        control: control, owner: adoption.owner, slices: [], verdict: .notApplicable,
        reason: exclusion.reason, gaps: [], evidence: [], response: adoption.response)
    }
    let used = ControlSQL.parameters(control, among: parameterNames)
    let slices = Context.slices(of: period, parameters: engagement.parameters, used: used)
    var results: [SliceResult] = []
    var evidence: Set<Int> = []
    try observer?.begin(slices)
    for (index, slice) in slices.enumerated() {
      try enter(slice)
      let guardian = newGuard()
      let watch = observer.map { Watch(observer: $0, slice: index) }
      do {
        results.append(try evaluate(control, slice, guardian, used: used, watch))
      } catch let problem as SQLProblem {
        diagnostics.append(sqlDiagnostic(control, problem))
        results.append(Self.unusable(control, slice, problem.text))
      }
      evidence.formUnion(try evidenceRows(Set(guardian.tables.compactMap(Self.type))))
    }
    try observer?.end { try keys(of: control, slices) }
    let verdict = Verdict.worst(of: results.map(\.verdict)) ?? .insufficientEvidence
    let reason =
      results.count == 1
      ? results[0].reason
      : results.map {
        "\(engagement.zone.date(of: $0.slice.start)) to \(engagement.zone.date(of: $0.slice.end)): \($0.reason)"
      }
      .joined(separator: "; ")
    return Conclusion(
      control: control, owner: adoption.owner, slices: results, verdict: verdict, reason: reason,
      gaps: Gaps.of(
        control, results, owner: adoption.owner, period: period, asOf: asOf, zone: engagement.zone),
      evidence: evidence.sorted(), response: adoption.response)
  }

  /// Steps to the next row; false after the last.
  private func step(_ raw: OpaquePointer?) throws -> Bool {
    let code = sqlite3_step(raw)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
  }

  /// A result as SQLite takes it for true or false: text counts by the number it begins with.
  private static func truth(_ raw: OpaquePointer?, _ column: Int32) -> Truth {
    if sqlite3_column_type(raw, column) == SQLITE_NULL { return .unknown }
    return sqlite3_column_double(raw, column) != 0 ? .true : .false
  }

  private static func value(_ raw: OpaquePointer?, _ column: Int32) -> Value {
    switch sqlite3_column_type(raw, column) {
    case SQLITE_INTEGER: .integer(sqlite3_column_int64(raw, column))
    case SQLITE_FLOAT: .real(sqlite3_column_double(raw, column))
    case SQLITE_TEXT: text(raw, column).map(Value.text) ?? .null
    default: .null
    }
  }

  static func text(_ raw: OpaquePointer?, _ column: Int32) -> String? {
    guard let start = sqlite3_column_text(raw, column) else { return nil }
    let count = Int(sqlite3_column_bytes(raw, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// The keys of a population's items over all slices, in no order. A rule that was stopped ends
  /// where it was stopped; the conclusion says so.
  public func keys(of control: Control, _ slices: [Period]) throws -> [String] {
    var keys: [String] = []
    for slice in slices {
      try enter(slice)
      let guardian = newGuard()
      do {
        let statement = try guardian.compile(ControlSQL.judged(control), on: db)
        let columns = ItemColumns(statement, after: control.attributes.count)
        let raw = statement.sqliteStatement
        defer { sqlite3_reset(raw) }
        try limited(guardian) { while try step(raw) { keys.append(columns.item(raw) ?? "") } }
      } catch is SQLProblem {
        continue
      }
    }
    return keys
  }

  /// Makes the tables of a slice current.
  func enter(_ slice: Period) throws {
    if currentSlice == slice { return }
    for statement in Context.dropSQL { try db.execute(sql: statement) }
    let context = context(for: slice)
    for statement in context.sql { try db.execute(sql: statement) }
    currentSlice = slice
  }

  /// Runs a body on the connection with the tables of the whole period in place: `period`, `as_of`,
  /// `policy`, `parameter`, the calendar.
  public func inContext<T>(_ body: (Database) throws -> T) throws -> T {
    try enter(period)
    return try body(db)
  }

  func context(for slice: Period) -> Context {
    Context(slice: slice, asOf: min(asOf, slice.end), engagement: engagement)
  }

  // MARK: One slice

  private func evaluate(
    _ control: Control, _ slice: Period, _ guardian: SQLGuard, used: Set<String>, _ watch: Watch?
  ) throws -> SliceResult {
    let counted = try count(control, slice, guardian, watch)
    let reconciliation = try reconcile(control, guardian)
    let types = Set(guardian.tables.compactMap(Self.type))
    let coverage = try coverage(control, slice, guardian)
    var incompleteness = try missingTypes(control)
    incompleteness += try incompleteEvidence(types, slice)
    if control.completeness.sql == nil, !control.completeness.isByConstruction {
      incompleteness.append("the population is held against no second source")
    }
    let open = reconciliation.differences.filter { $0.explanation == nil }
    if !open.isEmpty {
      let names = open.prefix(3).map(\.item).joined(separator: ", ")
      incompleteness.append(
        "\(open.count) unexplained \(open.count == 1 ? "difference" : "differences") to the second source: \(names)\(open.count > 3 ? " …" : "")"
      )
    }
    for span in coverage where span.state == .gap {
      incompleteness.append(
        "no evidence from \(engagement.zone.date(of: span.from)) to \(engagement.zone.date(of: span.to))"
      )
    }
    let (verdict, reason) = Self.judge(control, counted, incompleteness)
    return SliceResult(
      slice: slice, verdict: verdict, reason: reason, population: counted.population,
      deviations: counted.deviations, unknown: counted.unknown, waived: counted.waived,
      attributes: counted.attributes, items: counted.items,
      reconciled: reconciliation.counts, differences: reconciliation.differences,
      coverage: coverage, incompleteness: incompleteness,
      parameters: context(for: slice).parameters.filter { used.contains($0.name) }
        .map { ($0.name, $0.key, Self.words($0.value)) })
  }

  /// Items that are noted because they are not true; more fill the memory and nobody reads them.
  private static let noteLimit = 5_000_000

  private struct Counted {
    var population = 0
    var deviations = 0
    var unknown = 0
    var pending = 0
    var waived = 0
    var attributes: [AttributeCount] = []
    var items: [ItemResult] = []
  }

  private func count(
    _ control: Control, _ slice: Period, _ guardian: SQLGuard, _ watch: Watch?
  ) throws -> Counted {
    let sql = watch == nil ? ControlSQL.judged(control) : ControlSQL.workpaper(control)
    let statement = try guardian.compile(sql, on: db)
    let raw = statement.sqliteStatement
    let n = control.attributes.count
    let columns = ItemColumns(statement, after: n)
    var counts = [(true: Int, false: Int, unknown: Int)](repeating: (0, 0, 0), count: n)
    var counted = Counted()
    var results = [Truth](repeating: .true, count: n)
    let moment = min(asOf, slice.end)
    let decides = control.attributes.map(\.decides)
    try watch?.observer.columns(columns.own.map { statement.columnNames[Int($0)] })
    try limited(guardian) {
      defer { sqlite3_reset(raw) }
      while try step(raw) {
        counted.population += 1
        if counted.items.count > Self.noteLimit {
          throw SQLProblem(text: "more than \(Self.noteLimit) items are not true")
        }
        var isClean = true
        for i in 0..<n {
          results[i] = Self.truth(raw, Int32(i))
          switch results[i] {
          case .true: counts[i].true += 1
          case .false: counts[i].false += 1
          case .unknown: counts[i].unknown += 1
          }
          isClean = isClean && (results[i] == .true || !decides[i])
        }
        var isDeviation = false
        if !isClean { isDeviation = note(control, results, raw, columns, at: moment, &counted) }
        if let watch {
          let item = PopulationItem(
            slice: watch.slice, item: columns.item(raw) ?? "", evidence: columns.evidence(raw),
            place: columns.place(raw) ?? "", results: results,
            values: columns.own.map { Self.value(raw, $0) }, isDeviation: isDeviation)
          try watch.observer.item(item)
        }
      }
    }
    counted.attributes = zip(control.attributes, counts).map {
      AttributeCount(attribute: $0, true: $1.true, false: $1.false, unknown: $1.unknown)
    }
    counted.items.sort { ($0.item, $0.attribute) < ($1.item, $1.attribute) }
    return counted
  }

  /// Notes an item that is not true on every deciding attribute. What only informs is counted and
  /// stands in the population's workpaper.
  ///
  /// - Returns: whether it deviates.
  private func note(
    _ control: Control, _ results: [Truth], _ raw: OpaquePointer?, _ columns: ItemColumns,
    at moment: Instant, _ counted: inout Counted
  ) -> Bool {
    let item = columns.item(raw) ?? "(no key)"
    let evidence = columns.evidence(raw)
    let place = columns.place(raw) ?? ""
    var isDeviation = false
    var isUnknown = false
    var isPending = false
    var isWaived = false
    for (attribute, result) in zip(control.attributes, results)
    where attribute.decides && result != .true {
      let waiver = result == .false ? self.waiver(control, item, attribute.key, at: moment) : nil
      if attribute.attested {
        isPending = true
      } else if result == .unknown {
        isUnknown = true
      } else if waiver == nil {
        isDeviation = true
      } else {
        isWaived = true
      }
      counted.items.append(
        ItemResult(
          item: item, attribute: attribute.key, result: result, decides: attribute.decides,
          waiver: waiver, evidence: evidence, place: place))
    }
    if isDeviation {
      counted.deviations += 1
    } else if isUnknown {
      counted.unknown += 1
    } else if isPending {
      counted.pending += 1
    } else if isWaived {
      counted.waived += 1
    }
    return isDeviation
  }

  /// The waiver in force for an item's attribute at a moment.
  private func waiver(
    _ control: Control, _ item: String, _ attribute: String, at moment: Instant
  ) -> String? {
    engagement.waivers.first {
      $0.control == control.id && ($0.item.isEmpty || $0.item == item)
        && ($0.attribute.isEmpty || $0.attribute == attribute) && $0.approvedAt <= moment
        && moment < $0.expiresAt
    }?.id
  }

  private func reconcile(
    _ control: Control, _ guardian: SQLGuard
  ) throws -> (counts: (population: Int, second: Int)?, differences: [Difference]) {
    var differences: [Difference] = []
    if let sql = control.completeness.sql {
      let statement = try guardian.compile(sql, on: db)
      let rows = try limited(guardian) { try Row.fetchAll(statement) }
      for row in rows {
        let item = Self.text(row["item"])
        let explanation = engagement.exclusions.first {
          ($0.kind == "difference" || $0.kind == "asset") && $0.thing == item
        }
        differences.append(
          Difference(
            item: item, text: Self.text(row["difference"]), explanation: explanation?.reason))
      }
      differences.sort { ($0.item, $0.text) < ($1.item, $1.text) }
    }
    var counts: (population: Int, second: Int)?
    if let sql = control.completeness.counts {
      let statement = try guardian.compile(sql, on: db)
      if let row = try limited(guardian, { try Row.fetchOne(statement) }) {
        counts = (Self.number(row["population"]), Self.number(row["second"]))
      }
    }
    return (counts, differences)
  }

  // MARK: Completeness of the evidence

  /// Record types without which the control says nothing, and that no evidence speaks about.
  private func missingTypes(_ control: Control) throws -> [String] {
    try control.requires.compactMap { type in
      let count =
        try Int.fetchOne(
          db, sql: "SELECT count(*) FROM collected WHERE record_type = ?", arguments: [type.name])
        ?? 0
      return count == 0 ? "no evidence about \(type.name.replacing("_", with: " "))" : nil
    }
  }

  private func incompleteEvidence(_ types: Set<RecordType>, _ slice: Period) throws -> [String] {
    if types.isEmpty { return [] }
    let names = types.map { quoted($0.name) }.sorted().joined(separator: ",")
    // An incomplete listing that a complete one of the same source replaced does no harm.
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT DISTINCT e.source, e.name, e.sha256 FROM collected c JOIN evidence_item e USING (evidence)
        WHERE c.complete = 0 AND c.record_type IN (\(names))
          AND coalesce(c.covers_to, c.effective_at) >= \(slice.start.seconds)
          AND NOT EXISTS (SELECT 1 FROM collected k JOIN evidence_item o USING (evidence)
            WHERE k.complete = 1 AND k.record_type = c.record_type AND o.source = e.source
              AND o.evidence > e.evidence AND o.effective_at >= e.effective_at
              AND coalesce(k.covers_from, 0) <= coalesce(c.covers_from, 0))
        ORDER BY e.evidence
        """)
    var reasons = rows.prefix(3).map { row -> String in
      let digest: String = row["sha256"]
      return "evidence/\(digest.prefix(12)) of source \(row["source"] as String) is incomplete"
    }
    if rows.count > 3 { reasons.append("\(rows.count - 3) more items of evidence are incomplete") }
    for (source, failed) in failedTypes.sorted(by: { $0.key < $1.key })
    where !failed.isDisjoint(with: types) {
      reasons.append("source \(source) failed")
    }
    return reasons
  }

  private func coverage(
    _ control: Control, _ slice: Period, _ guardian: SQLGuard
  ) throws -> [CoverageSpan] {
    let maxGap = control.maxGapDays ?? 31
    let moment = min(asOf, slice.end)
    if let sql = control.coverage {
      let statement = try guardian.compile(sql, on: db)
      let values = try limited(guardian) { try DatabaseValue.fetchAll(statement) }
      let instants = values.compactMap { Int64.fromDatabaseValue($0).map(Instant.init(seconds:)) }
      return Coverage.snapshots(instants, in: slice, asOf: moment, maxGapDays: maxGap)
    }
    var all: [[CoverageSpan]] = []
    for type in control.requires where type != .attestation {
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT effective_at, covers_from, covers_to FROM collected WHERE record_type = ?",
        arguments: [type.name])
      if type.isSnapshot {
        let instants = rows.map { Instant(seconds: $0["effective_at"]) }
        all.append(Coverage.snapshots(instants, in: slice, asOf: moment, maxGapDays: maxGap))
      } else {
        let listings = rows.map { row -> (from: Instant?, to: Instant) in
          let from: Int64? = row["covers_from"]
          let to: Int64? = row["covers_to"]
          return (from.map(Instant.init(seconds:)), Instant(seconds: to ?? row["effective_at"]))
        }
        all.append(Coverage.listings(listings, in: slice, asOf: moment))
      }
    }
    return Coverage.intersection(all)
  }

  private func evidenceRows(_ types: Set<RecordType>) throws -> [Int] {
    if types.isEmpty { return [] }
    let names = types.map { quoted($0.name) }.sorted().joined(separator: ",")
    return try Int.fetchAll(
      db, sql: "SELECT DISTINCT evidence FROM collected WHERE record_type IN (\(names)) ORDER BY 1")
  }

  /// The record type whose table this is; findings are kept in tables of their own.
  static func type(_ table: String) -> RecordType? {
    table.hasPrefix("finding_") ? .finding : RecordType.named(table)
  }

  // MARK: What is still to come

  /// Items that would not be true on every deciding attribute if nothing more were recorded until
  /// the end of a span: the population of the span, seen from its end.
  ///
  /// What findings will be open then nobody knows, so a rule that counts them is asked about the
  /// rest: whether its scan and its review are there. That is quick, too.
  public func foresee(_ control: Control, in span: Period) throws -> [ItemResult] {
    let countsFindings = control.requires.contains(.finding)
    return try looking(at: span) { ahead in
      if countsFindings {
        try db.execute(
          sql: "CREATE TEMP VIEW finding AS SELECT * FROM main.finding WHERE 0")
      }
      defer { if countsFindings { try? db.execute(sql: "DROP VIEW temp.finding") } }
      do {
        return try ahead.count(control, span, newGuard(), nil).items
          .filter { $0.decides && (!countsFindings || $0.result == .false) }
      } catch is SQLProblem {
        // The conclusion says that the rule cannot be run.
        return []
      }
    }
  }

  /// Due intervals of a kind that end after as_of and no later than an instant, counted from the
  /// beginning of the period as its own are.
  public func dueIntervals(_ kind: String, until: Instant) throws -> [Period] {
    try looking(at: Period(id: "\(period.id)+", start: period.start, end: until)) { ahead in
      try Row.fetchAll(
        db,
        sql:
          "SELECT start_at, end_at FROM due_interval WHERE kind = ? AND end_at > ? ORDER BY end_at",
        arguments: [kind, asOf.seconds]
      ).map {
        Period(
          id: "\(period.id)+", start: Instant(seconds: $0["start_at"]),
          end: Instant(seconds: $0["end_at"]))
      }
    }
  }

  /// Runs a body with the tables of a span that reaches beyond as_of.
  private func looking<T>(at span: Period, _ body: (Evaluator) throws -> T) throws -> T {
    let ahead = Evaluator(db, engagement: engagement, period: span, asOf: span.end, steps: steps)
    // The tables of the span take the place of those that this evaluator made.
    defer { currentSlice = nil }
    try ahead.enter(span)
    return try body(ahead)
  }

  /// When the newest evidence of a control's snapshots gets older than the control allows; nil
  /// when it rests on no snapshots, or none was collected.
  public func goesStale(_ control: Control) throws -> Instant? {
    guard control.mode == .snapshot || control.coverage != nil, let days = control.maxGapDays
    else { return nil }
    try enter(period)
    let newest: [Instant]
    if let sql = control.coverage {
      let guardian = newGuard()
      guard let statement = try? guardian.compile(sql, on: db),
        let values = try? limited(guardian, { try DatabaseValue.fetchAll(statement) })
      else { return nil }
      let instants = values.compactMap { Int64.fromDatabaseValue($0).map(Instant.init(seconds:)) }
      newest = instants.filter { $0 < asOf }.max().map { [$0] } ?? []
    } else {
      newest = try control.requires.filter { $0 != .attestation && $0.isSnapshot }.compactMap {
        try Int64.fetchOne(
          db,
          sql:
            "SELECT max(effective_at) FROM collected WHERE record_type = ? AND effective_at < ?",
          arguments: [$0.name, asOf.seconds]
        ).map(Instant.init(seconds:))
      }
    }
    return newest.min()?.advanced(days: Int64(days))
  }

  // MARK: Verdict

  /// The rule of the verdict (controls catalogue, `verdicts` and `expr_language`).
  private static func judge(
    _ control: Control, _ counted: Counted, _ incompleteness: [String]
  ) -> (Verdict, String) {
    let n = counted.population
    let items = n == 1 ? "1 item" : "\(n) items"
    if !control.tolerance.allows(counted.deviations, of: n) {
      return (
        .fail, "\(counted.deviations) of \(items) deviate\(counted.deviations == 1 ? "s" : "")"
      )
    }
    if let first = incompleteness.first {
      let more = incompleteness.count - 1
      return (.insufficientEvidence, more == 0 ? first : "\(first), and \(more) more")
    }
    if n == 0 { return (control.empty, "the population is complete and has no item") }
    if counted.unknown > 0 {
      return (.insufficientEvidence, "\(counted.unknown) of \(items) cannot be decided")
    }
    if counted.pending > 0 {
      return (.attestationPending, "\(counted.pending) of \(items) wait for a person's statement")
    }
    var reason =
      counted.deviations == 0
      ? "\(items), no deviation"
      : "\(counted.deviations) of \(items) deviate, within the tolerance of \(control.tolerance.text)"
    if counted.waived > 0 { reason += ", \(counted.waived) waived" }
    return (.pass, reason)
  }

  private static func unusable(
    _ control: Control, _ slice: Period, _ text: String
  ) -> SliceResult {
    SliceResult(
      slice: slice, verdict: .insufficientEvidence, reason: "the rule cannot be run: \(text)",
      population: 0, deviations: 0, unknown: 0, waived: 0,
      attributes: control.attributes.map {
        AttributeCount(attribute: $0, true: 0, false: 0, unknown: 0)
      },
      items: [], reconciled: nil, differences: [], coverage: [],
      incompleteness: ["the rule cannot be run"], parameters: [])
  }

  /// A column of a rule's answer as text; a rule may give any type.
  static func text(_ value: DatabaseValue?) -> String {
    switch value?.storage {
    case .string(let s): s
    case .int64(let n): String(n)
    case .double(let x): words(.real(x))
    case .null, .blob, nil: ""
    }
  }

  static func real(_ value: DatabaseValue?) -> Double? {
    value.flatMap { Double.fromDatabaseValue($0) }.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func number(_ value: DatabaseValue?) -> Int {
    value.flatMap { Int.fromDatabaseValue($0) } ?? 0
  }

  private func sqlDiagnostic(_ control: Control, _ problem: SQLProblem) -> Diagnostic {
    // The first piece that cannot be compiled by itself; one that runs too long, or fails on some
    // record, is most likely the population.
    let key = ControlSQL.pieces(control).first { piece in
      do {
        _ = try newGuard().compile(piece.sql, on: db)
        return false
      } catch {
        return true
      }
    }?.key
    return Diagnostic(
      "control.sql", .error, at: control.place(of: key ?? "population.sql"),
      "the SQL of control '\(control.id)' cannot be run: \(problem.text)",
      why: "a control without a working rule is insufficient evidence",
      fix: "vouch controls lint names the place")
  }

  private static func words(_ value: Value) -> String {
    switch value {
    case .null: ""
    case .integer(let n): String(n)
    case .real(let x): x == x.rounded() && abs(x) < 1e15 ? String(Int64(x)) : String(x)
    case .text(let s): s
    }
  }
}

extension RecordType {
  /// Types whose evidence shows a state at one time, so that the distance between two items of
  /// evidence is what matters. Others are listings that speak about all the time before them.
  var isSnapshot: Bool {
    history.keepsSnapshots || [.finding, .scan, .scan_host].contains(self)
  }
}
