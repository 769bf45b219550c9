import Foundation
import VouchModel
import VouchStore

/// Reads evidence on a thread of its own while its bytes are on their way to the disk. What was
/// read lasts only once they have arrived and the custody ledger has them.
final class EarlyReading: @unchecked Sendable {
  private struct NotPreserved: Error {}

  // `isPreserved` is written before `gate` is signalled, `result` before `ended` is.
  private let gate = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var isPreserved = false
  private var result: Result<LoadedReading, any Error>?

  /// Begins.
  ///
  /// - Parameter read: reads and stores; calls the function it is given before that lasts.
  init(_ read: @escaping @Sendable (_ settled: () throws -> Void) throws -> LoadedReading) {
    let thread = Thread { [self] in
      result = Result {
        try read {
          gate.wait()
          if !isPreserved { throw NotPreserved() }
        }
      }
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Ends the reading: it lasts when the evidence is preserved, and leaves nothing when it is not.
  ///
  /// - Returns: nil when nothing was stored.
  func end(isPreserved: Bool) throws -> LoadedReading? {
    self.isPreserved = isPreserved
    gate.signal()
    ended.wait()
    switch result {
    case .success(let reading): return reading
    case .failure(is NotPreserved), nil: return nil
    case .failure(let error): throw error
    }
  }
}
