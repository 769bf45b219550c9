import VouchModel
import VouchStore

/// What `vouch collect` says in the end: what was read, what was refused, what is missing.
public enum CollectReport {
  /// - Parameter missing: record types that adopted controls require and no evidence speaks about.
  public static func text(
    _ outcomes: [SourceOutcome], missing: [(type: RecordType, controls: [String])]
  ) -> String {
    var lines = outcomes.map(line)
    let preserved = outcomes.reduce(0) { $0 + $1.preserved }
    let records = outcomes.reduce(0) { $0 + $1.records }
    lines.append("")
    lines.append(
      "Read: \(counted(preserved, "new file")), \(counted(records, "record")) from \(counted(outcomes.count, "source"))."
    )
    lines += refused(outcomes)
    lines += absent(outcomes, missing)
    return lines.map(\.oneLine).joined(separator: "\n")
  }

  private static func line(_ o: SourceOutcome) -> String {
    var parts: [String] = []
    if o.preserved > 0 {
      parts.append("\(o.preserved) preserved (\(ProgressMeter.size(o.bytes)))")
    }
    if o.unchanged > 0 { parts.append("\(o.unchanged) unchanged") }
    if o.records > 0 { parts.append("\(counted(o.records, "record")) read") }
    if !o.refused.isEmpty { parts.append("\(o.refused.count) not read completely") }
    if !o.failures.isEmpty { parts.append("\(o.failures.count) failed") }
    return "\(o.source): \(parts.isEmpty ? "nothing new" : parts.joined(separator: ", "))"
  }

  /// `1 file`, `1,200 files`.
  private static func counted(_ n: Int, _ thing: String) -> String {
    "\(ProgressMeter.grouped(n)) \(thing)\(n == 1 ? "" : "s")"
  }

  private static func refused(_ outcomes: [SourceOutcome]) -> [String] {
    let all = outcomes.flatMap(\.refused)
    if all.isEmpty { return [] }
    return ["Refused, wholly or in part: \(counted(all.count, "file")); why stands above."]
      + all.prefix(20).map { "  \($0.name) [\($0.id)]" }
      + (all.count > 20 ? ["  and \(all.count - 20) more"] : [])
  }

  private static func absent(
    _ outcomes: [SourceOutcome], _ missing: [(type: RecordType, controls: [String])]
  ) -> [String] {
    let failed = outcomes.filter { !$0.failures.isEmpty }
    if failed.isEmpty, missing.isEmpty { return [] }
    return ["Missing:"]
      + failed.map { "  source \($0.source): \($0.failures[0])" }
      + missing.map {
        "  no evidence about \($0.type.name.replacing("_", with: " ")): \($0.controls.joined(separator: " "))"
      }
  }
}

extension Workspace {
  /// Record types that adopted controls require and no evidence speaks about, with the controls.
  public func missingTypes() throws -> [(type: RecordType, controls: [String])] {
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let there = try openRecords().collectedTypes()
    let adopted = configuration.engagement.adoptions.compactMap {
      library.control($0.control)?.control
    }
    return RecordType.all.filter { !there.contains($0) }.compactMap { type in
      let controls = adopted.filter { $0.requires.contains(type) }.map(\.id)
      return controls.isEmpty ? nil : (type, controls)
    }
  }
}
