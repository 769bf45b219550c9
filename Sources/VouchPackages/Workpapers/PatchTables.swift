import VouchModel

/// The whole lists behind the pages of scanner, patch manager and live patcher.
extension Workpapers {
  var patching: [Table] {
    guard let lists = input.patching?.lists else { return [] }
    return [
      pairs("Fixed late or open late", PackageLayout.patchingLate, lists.late),
      pairs("Where the tools differ", PackageLayout.patchingViews, lists.views),
      hosts(lists), identities(lists), restarts(lists),
    ]
  }

  private func pairs(
    _ name: String, _ path: String,
    _ list: @escaping @Sendable (_ row: (CVEOnHost) throws -> Void) throws -> Void
  ) -> Table {
    let asOf = input.assessment.asOf
    return Table(
      name: name, path: path,
      columns: [
        .init("Host", 24), .init("CVE", 16), .init("Severity", 10), .init("Outcome", 22),
        .init("Deadline state", 12), .init("First seen", 20), .init("Deadline", 20),
        .init("Proven fixed", 20), .init("Days late", 10), .init("Scanner: last seen", 20),
        .init("Scanner: clean since", 20), .init("Scanner: evidence", 10),
        .init("Scanner: place", 10), .init("Patch manager", 16),
        .init("Patch manager: in effect", 20), .init("Patch manager: evidence", 10),
        .init("Patch manager: place", 10), .init("Live patcher", 16),
        .init("Live patcher: in effect", 20), .init("Live patcher: up to date", 10),
        .init("Live patcher hides packages", 10), .init("Live patcher: evidence", 10),
        .init("Live patcher: place", 10),
      ],
      rows: { row in try list { try row(Self.cells($0, asOf: asOf)) } })
  }

  private static func cells(_ pair: CVEOnHost, asOf: Instant) -> [Cell] {
    let patch = pair.patchManager
    let live = pair.livePatcher
    let said =
      patch.map { $0.isMissing ? "missing" : $0.isAwaiting ? "waits for a restart" : "installed" }
    return [
      .text(pair.host), .text(pair.cve), .text(pair.severity.name), .text(pair.outcome),
      .text(pair.state), Cell(pair.firstSeen), Cell(pair.deadline), Cell(pair.provenAt),
      Cell(pair.daysLate(asOf: asOf)), Cell(pair.scanner.lastSeen), Cell(pair.scanner.cleanSince),
      Cell(pair.scanner.origin?.evidence), .text(pair.scanner.origin?.place ?? ""),
      .text(said ?? "no record"), Cell(patch?.isMissing == false ? patch?.appliedAt : nil),
      Cell(patch?.origin?.evidence), .text(patch?.origin?.place ?? ""),
      .text(live?.state ?? "no record"), Cell(live?.since), Cell(live?.isUpToDate),
      live.map { .flag($0.hidesPackages) } ?? .empty, Cell(live?.origin?.evidence),
      .text(live?.origin?.place ?? ""),
    ]
  }

  private func hosts(_ lists: PatchLists) -> Table {
    Table(
      name: "Hosts by tool", path: PackageLayout.patchingHosts,
      columns: [
        .init("Host", 24), .init("In the asset list", 10), .init("Every tool should know it", 10),
        .init("Excluded", 10), .init("Kind", 12), .init("Service", 14), .init("Retired", 20),
        .init("Scanned in the period, last", 20), .init("With credentials", 10),
        .init("Patch manager, last record", 20), .init("Live patcher, last record", 20),
        .init("Live patcher, state", 14), .init("Live patcher up to date", 10),
        .init("Live patcher hides packages", 10),
      ],
      rows: { row in
        try lists.hosts { host in
          try row([
            .text(host.host), .flag(host.isListed), .flag(host.isExpected),
            .flag(host.isExcluded), .text(host.kind), .text(host.service), Cell(host.retiredAt),
            Cell(host.scannedAt), Cell(host.isCredentialed), Cell(host.patchRecordAt),
            Cell(host.liveRecordAt), .text(host.liveState), Cell(host.isLiveCurrent),
            host.liveRecordAt == nil ? .empty : .flag(host.hidesPackages),
          ])
        }
      })
  }

  private func identities(_ lists: PatchLists) -> Table {
    Table(
      name: "Host identities", path: PackageLayout.patchingIdentities,
      columns: [
        .init("Source", 18), .init("Name in the source", 32), .init("Asset", 20),
        .init("Matched by", 12), .init("Strength", 10), .init("Fits these assets", 40),
      ],
      rows: { row in
        try lists.identities { identity in
          try row([
            .text(identity.source), .text(identity.name), .text(identity.asset),
            .text(identity.matchedBy),
            .text(Identity.Strength(matchedBy: identity.matchedBy).rawValue),
            .text(identity.candidates.joined(separator: "; ")),
          ])
        }
      })
  }

  private func restarts(_ lists: PatchLists) -> Table {
    Table(
      name: "Restarts for patches", path: PackageLayout.patchingRestarts,
      columns: [
        .init("Host", 24), .init("Service", 14), .init("At", 20), .init("Packages", 32),
        .init("Service minutes lost", 12), .init("Basis", 12), .init("Planned", 10),
        .init("Evidence number", 10), .init("Place", 14),
      ],
      rows: { row in
        try lists.restarts { restart in
          try row([
            .text(restart.host), .text(restart.service), Cell(restart.at),
            .text(restart.packages.joined(separator: "; ")), Cell(restart.minutes),
            .text(restart.basis), Cell(restart.isPlanned), Cell(restart.origin?.evidence),
            .text(restart.origin?.place ?? ""),
          ])
        }
      })
  }
}
