import Dispatch
import Foundation

/// A value that is worked out on a thread of its own while the caller goes on.
public final class Ahead<Value: Sendable>: @unchecked Sendable {
  // Written by the thread before `done` is signalled, read after it was waited for.
  private var result: Result<Value, any Error>?
  private let done = DispatchSemaphore(value: 0)

  public init(_ body: @escaping () throws -> Value) {
    // Handed over once, and not used here again.
    nonisolated(unsafe) let body = body
    let thread = Thread { [self] in
      result = Result { try body() }
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits for the value, or throws what it ended with. To be called once.
  public func value() throws -> Value? {
    done.wait()
    return try result?.get()
  }
}
