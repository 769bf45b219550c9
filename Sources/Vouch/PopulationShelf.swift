import Foundation
import VouchControls
import VouchModel
import VouchPackages

/// Keeps the populations that are written while controls are judged, until the package takes them.
final class PopulationShelf: @unchecked Sendable {
  private let workspace: String
  private let folder: String
  /// Guards what follows.
  private let lock = NSLock()
  private var written: [String: WrittenPopulation] = [:]
  private var files = 0

  /// The files lie below `.vouch/`, so that the package can mostly take them over by a link.
  init(workspace: String) {
    self.workspace = workspace
    folder = "\(workspace)/.vouch/populations-\(getpid())"
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Writes the population of a control that it is shown. May be called by several threads.
  func observer(of control: Control) -> any PopulationObserver { Spool(control, shelf: self) }

  /// Hands over a control's population; nil when it has none.
  func take(_ control: String) -> WrittenPopulation? {
    lock.withLock { written.removeValue(forKey: control) }
  }

  /// A path for the next file. Called while the workspace is locked, so that what lies about is
  /// from a run that was killed.
  private func newPath() throws -> String {
    try lock.withLock {
      files += 1
      if files == 1 {
        let place = "\(workspace)/.vouch"
        for name in try FileManager.default.contentsOfDirectory(atPath: place)
        where name.hasPrefix("populations-") || name.hasPrefix("package-") {
          try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
        }
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      }
      return "\(folder)/\(files).csv"
    }
  }

  private final class Spool: PopulationObserver {
    private let control: Control
    private let shelf: PopulationShelf
    private var table: PopulationTable?

    init(_ control: Control, shelf: PopulationShelf) {
      self.control = control
      self.shelf = shelf
    }

    func begin(_ slices: [Period]) throws {
      table = PopulationTable(control, slices: slices, path: try shelf.newPath())
    }

    func columns(_ names: [String]) throws { try table?.begin(names) }

    func item(_ item: PopulationItem) throws { try table?.row(item) }

    func end(_ keys: () throws -> [String]) throws {
      guard let population = try table?.finish(keys) else { return }
      shelf.lock.withLock { shelf.written[control.id] = population }
    }
  }
}
