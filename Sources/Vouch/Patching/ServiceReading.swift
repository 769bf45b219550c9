import GRDB
import VouchControls
import VouchModel
import VouchPackages

// Patching and uptime: the two promises of each service.
extension PatchReading {
  func services(
    _ assessment: Assessment, _ evaluator: Evaluator, _ uptime: KPIFile?, deployDays: Int?
  ) throws -> [ServicePromises] {
    let patching = Figures(assessment.kpis.first { $0.id == "K10" })
    let measured = try uptime.map { try variants(of: $0, evaluator) }
    let days =
      Double(min(assessment.period.end, assessment.asOf).seconds - assessment.period.start.seconds)
      / 86400
    return patching.subjects.map { name in
      var service = ServicePromises(service: name)
      service.restarts = Int(patching.value(name, "restarts") ?? 0)
      service.lostMinutes = patching.value(name, "lost to patch restarts")
      service.allowedMinutes = patching.target(name, "lost to patch restarts")
      service.budgetLeft = patching.value(name, "budget left")
      service.windowDistance = patching.value(name, "longest distance between patch windows")
      if let longest = patching.value(name, "longest affordable restart"), longest > 0,
        let allowed = service.allowedMinutes
      {
        service.costlyRestarts = Int((allowed / longest).rounded())
      }
      service.target = patching.target(name, "uptime that patching leaves")
      service.downMinutes = measured?.asIs.value(name, "downtime")
      service.uptimeCounted = measured?.counted.value(name, "uptime")
      service.uptimeLeftOut = measured?.leftOut.value(name, "uptime")
      service.uptimeCountedWithout = measured?.countedWithout.value(name, "uptime")
      service.uptimeLeftOutWithout = measured?.leftOutWithout.value(name, "uptime")
      service.judge(
        isOverBudget: patching.meets(name, "lost to patch restarts") == false,
        isTooFar: patching.meets(name, "longest distance between patch windows") == false,
        deployDays: deployDays, periodDays: days)
      return service
    }
  }

  private struct Variants {
    let asIs, counted, leftOut, countedWithout, leftOutWithout: Figures
  }

  /// K1 by its own rule, with planned maintenance counted and left out, and each of the two on
  /// records without the outages in which restarts for patches lie.
  private func variants(of uptime: KPIFile, _ evaluator: Evaluator) throws -> Variants {
    func measured(_ maintenance: String) throws -> Figures {
      try db.execute(
        sql: "UPDATE temp.policy SET planned_maintenance = ?", arguments: [maintenance])
      return Figures(try evaluator.measure(uptime))
    }
    let asIs = Figures(try evaluator.measure(uptime))
    guard
      try db.columns(in: "policy", in: "temp").contains(where: { $0.name == "planned_maintenance" })
    else {
      return Variants(
        asIs: asIs, counted: asIs, leftOut: asIs, countedWithout: Figures(nil),
        leftOutWithout: Figures(nil))
    }
    let rule = try String.fetchOne(db, sql: "SELECT planned_maintenance FROM temp.policy")
    defer {
      try? db.execute(sql: "UPDATE temp.policy SET planned_maintenance = ?", arguments: [rule])
    }
    let counted = try measured("counts_as_downtime")
    let leftOut = try measured("excluded")
    try db.execute(sql: RestartSQL.hide)
    defer { try? db.execute(sql: RestartSQL.show) }
    return Variants(
      asIs: asIs, counted: counted, leftOut: leftOut,
      countedWithout: try measured("counts_as_downtime"),
      leftOutWithout: try measured("excluded"))
  }

  func restarts(_ limit: String, _ take: (PatchRestart) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: RestartSQL.rows
        + " ORDER BY minutes IS NOT NULL, minutes DESC, service, at, asset_id \(limit)")
    while let row = try rows.next() {
      var restart = PatchRestart()
      restart.host = row["asset_id"] ?? ""
      restart.service = row["service"] ?? ""
      restart.at = Self.instant(row, "at")
      restart.packages =
        (try? JSON.parse((row["packages"] as String? ?? "[]").utf8))?.strings ?? []
      restart.minutes = row["minutes"]
      restart.basis = row["basis"]
      restart.isPlanned = row["planned"]
      restart.origin = Self.origin(row, "evidence", "place")
      try take(restart)
    }
  }
}

/// The figures of a KPI by subject and measure.
private struct Figures {
  private let figures: [KPIFigure]

  init(_ kpi: KPIResult?) { figures = kpi?.figures ?? [] }

  var subjects: [String] { Set(figures.map(\.subject)).sorted() }

  private func figure(_ subject: String, _ measure: String) -> KPIFigure? {
    figures.first { $0.subject == subject && $0.measure == measure }
  }

  func value(_ subject: String, _ measure: String) -> Double? { figure(subject, measure)?.value }
  func target(_ subject: String, _ measure: String) -> Double? { figure(subject, measure)?.target }
  func meets(_ subject: String, _ measure: String) -> Bool? { figure(subject, measure)?.meets }
}

extension ServicePromises {
  /// Whether both promises can be kept: the minutes that the target allows, and a restart in each
  /// span in which a patch has to be in place.
  fileprivate mutating func judge(
    isOverBudget: Bool, isTooFar: Bool, deployDays: Int?, periodDays: Double
  ) {
    var found: [String] = []
    if isOverBudget { found.append("budget") }
    // Where another node serves, a restart needs no window.
    if isTooFar, costlyRestarts > 0 { found.append("calendar") }
    if let allowed = allowedMinutes, periodDays > 0 { allowedAYear = allowed * 365 / periodDays }
    if let lost = lostMinutes, costlyRestarts > 0, let days = deployDays, days > 0,
      let allowedAYear
    {
      let perYear = (365 / Double(days)).rounded(.up)
      let cost = lost / Double(costlyRestarts) * perYear
      minutesAYear = cost
      if cost > allowedAYear { found.append("monthly") }
    }
    obstacles = found.isEmpty && lostMinutes == nil ? nil : found
  }
}
