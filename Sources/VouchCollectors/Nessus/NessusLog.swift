import VouchModel

/// An ordinary ReportItem: an observation, except that its host is the one that is open and its
/// plugin has the number of the log's ``NessusLog/keys``.
struct NessusRow {
  let plugin: Int32
  let port: Int32
  let line: Int32
  let transport: Int8
  let severity: Int8
}

/// What a part of a `.nessus` file says, in its order and without meaning yet, so that several
/// parts can be parsed at the same time and understood one after the other.
///
/// Lines count from the beginning of the part.
final class NessusLog {
  enum Event {
    case policy
    case policyName(String)
    case preference(String, String)
    case report(name: String, type: String, line: Int)
    case host(name: String, line: Int)
    case tag(String, String)
    case endProperties
    /// An item that is more than an observation, or less. Whoever takes it deallocates it.
    case item(NessusItem)
    case endHost
  }

  private(set) var rows: [NessusRow] = []
  /// Each with the number of rows before it.
  private(set) var events: [(row: Int, event: Event)] = []
  let keys = NessusKeys()
  /// Told when there is enough to be taken; nil: everything is kept.
  var whenFull: (() -> Void)?

  deinit { discard() }

  func add(_ event: Event) { events.append((rows.count, event)) }

  /// Takes one ReportItem. Hot: runs once for every kilobyte of a file of gigabytes.
  @inline(__always)
  func take(_ item: UnsafeMutablePointer<NessusItem>) {
    if item.pointee.isUnusual || NessusHost.isAboutTheScan(item.pointee.pluginNumber) {
      add(.item(item.pointee.copy()))
    } else {
      rows.append(
        NessusRow(
          plugin: keys.number(item.pointee.key.all), port: item.pointee.port,
          line: Int32(truncatingIfNeeded: item.pointee.line), transport: item.pointee.transport,
          severity: item.pointee.severity))
    }
    if rows.count &+ events.count >= 8192 { whenFull?() }
  }

  /// Empties the log; what was not taken is lost.
  func removeAll() {
    rows.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
  }

  private func discard() {
    for case (_, .item(let item)) in events { item.deallocate() }
  }
}

/// Understands logs one after the other.
final class NessusReplay {
  private let report: NessusReport
  /// Lines before the part that the log is about.
  var line = 0
  private var plugins: [Int32] = []
  /// What the numbers in `plugins` are about; kept, or another table could get its address.
  private var keys: NessusKeys?

  init(_ report: NessusReport) { self.report = report }

  /// Takes everything out of a log.
  func play(_ log: NessusLog) {
    if keys !== log.keys {
      keys = log.keys
      plugins.removeAll(keepingCapacity: true)
    }
    plugins.append(contentsOf: repeatElement(-1, count: log.keys.count - plugins.count))
    var at = 0
    for (row, event) in log.events {
      play(log, at..<row)
      at = row
      play(event)
    }
    play(log, at..<log.rows.count)
    log.removeAll()
  }

  private func play(_ log: NessusLog, _ range: Range<Int>) {
    for i in range {
      let row = log.rows[i]
      var plugin = plugins[Int(row.plugin)]
      if plugin < 0 {
        // A plugin belongs to the scan that is open, so the scan has to be.
        report.beginObservations()
        plugin = report.number(ofPlugin: log.keys.key(row.plugin), line: Int(row.line) + line)
        plugins[Int(row.plugin)] = plugin
      }
      report.take(row, plugin: plugin, line: Int(row.line) + line)
    }
  }

  private func play(_ event: NessusLog.Event) {
    switch event {
    case .policy: report.hasPolicy = true
    case .policyName(let name): report.policyName = name
    case .preference(let name, let value): report.take(preference: name, value)
    case .report(let name, let type, let at):
      report.begin(name: name, type: type, line: at + line)
    case .host(let name, let at): report.beginHost(name, line: at + line)
    case .tag(let tag, let value): report.takeTag(tag, value)
    case .endProperties: report.endProperties()
    case .item(var item):
      item.line += line
      report.takeUnusual(item)
      item.deallocate()
    case .endHost: report.endHost(isWhole: true)
    }
  }
}
