import Foundation
import VouchModel

/// Writes the populations of several controls at the same time, each into a file of its own beside
/// the package, and hands them over in the order of the controls.
///
/// Only a few files wait at a time, so the room they take does not grow with the controls.
final class PopulationQueue {
  /// A control's population on disk.
  struct Written: Sendable {
    let path: String
    let summary: PopulationSummary
    let replaced: Int
  }

  private let conclusions: [Conclusion]
  private let folder: String
  private let stream: PopulationStream
  private let workers = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))
  private let board: Board

  /// - Parameters:
  ///   - conclusions: of the controls whose populations are wanted.
  ///   - folder: an existing folder for the files.
  ///   - stream: called by several threads at once.
  init(_ conclusions: [Conclusion], in folder: String, from stream: @escaping PopulationStream) {
    self.conclusions = conclusions
    self.folder = folder
    self.stream = stream
    board = Board(count: conclusions.count, ahead: 2 * workers)
  }

  /// Hands over one population after the other; `written` is nil for a control without one. The
  /// file is removed when `take` returns.
  func deliver(to take: (_ conclusion: Conclusion, _ written: Written?) throws -> Void) throws {
    let threads = DispatchGroup()
    for _ in 0..<min(workers, conclusions.count) {
      threads.enter()
      let thread = Thread { [board, conclusions, folder, stream] in
        while let index = board.claim() {
          let path = "\(folder)/population-\(index).csv"
          board.put(
            Result { try Self.write(conclusions[index], to: path, from: stream) }, at: index)
        }
        threads.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    defer {
      board.stop()
      threads.wait()
    }
    for (index, conclusion) in conclusions.enumerated() {
      let written = try board.take(index).get()
      try take(conclusion, written)
      if let written { unlink(written.path) }
    }
  }

  private static func write(
    _ conclusion: Conclusion, to path: String, from stream: PopulationStream
  ) throws -> Written? {
    let table = PopulationTable(conclusion) { try OutputFile(path) }
    guard let written = try table.write(from: stream) else { return nil }
    return Written(path: path, summary: written.summary, replaced: written.replaced)
  }
}

/// Which populations are taken, and what came of them.
private final class Board: @unchecked Sendable {
  typealias Written = PopulationQueue.Written?

  // Everything below is guarded by `condition`.
  private let condition = NSCondition()
  private var next = 0
  private var delivered = 0
  private var results: [Result<Written, any Error>?]
  private var isStopped = false
  private let ahead: Int

  init(count: Int, ahead: Int) {
    results = Array(repeating: nil, count: count)
    self.ahead = ahead
  }

  /// The next one to write; waits while enough are written ahead. Nil: there is nothing to do.
  func claim() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, next < results.count, next >= delivered + ahead { condition.wait() }
    guard !isStopped, next < results.count else { return nil }
    next += 1
    return next - 1
  }

  func put(_ result: Result<Written, any Error>, at index: Int) {
    condition.lock()
    results[index] = result
    condition.broadcast()
    condition.unlock()
  }

  /// Waits for one that was claimed or will be.
  func take(_ index: Int) -> Result<Written, any Error> {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = results[index] {
        results[index] = nil
        delivered = index + 1
        condition.broadcast()
        return result
      }
      condition.wait()
    }
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }
}
