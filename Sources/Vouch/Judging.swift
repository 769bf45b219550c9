import Foundation
import GRDB
import VouchControls
import VouchModel
import VouchStore

/// Concludes about controls and measures KPIs on several connections to the records at once.
///
/// What comes out does not depend on how the work was shared: every rule only reads, and results
/// and diagnostics stand in the order in which they were asked for.
struct Judging {
  let records: RecordsDatabase
  let makeEvaluator: (Database) -> Evaluator
  /// Gets the populations while they are judged. Nil: nobody needs them.
  var shelf: PopulationShelf?
  /// What is still to come of a control that was judged, asked on the connection that judged it;
  /// called by several threads. Nil: nobody asks.
  var foresee: ((Conclusion, Evaluator) throws -> [Upcoming])?
  /// How many rules run at the same time. More than a few would only share the memory's speed.
  var workers = min(4, ProcessInfo.processInfo.activeProcessorCount)

  enum Job {
    case control(Control, Engagement.Adoption)
    case kpi(KPIFile)

    var name: String {
      switch self {
      case .control(let control, _): control.id
      case .kpi(let kpi): kpi.id
      }
    }
  }

  enum Outcome {
    case conclusion(Conclusion)
    case kpi(KPIResult)
  }

  struct Result {
    var outcome: Outcome
    var diagnostics: [Diagnostic]
    var upcoming: [Upcoming]
    let name: String
    /// How long it took, for whoever writes rules.
    var seconds: Double
  }

  /// - Parameters:
  ///   - db: the caller's own connection; it takes part.
  ///   - progress: told what the caller's own connection works on.
  func run(
    _ jobs: [Job], evaluator: Evaluator, _ progress: (WorkProgress) -> Void
  ) throws -> [Result] {
    let board = JobBoard(count: jobs.count)
    let helpers = min(workers, jobs.count) - 1
    let ended = DispatchSemaphore(value: 0)
    // The records and the functions are only read; each thread has a connection and an evaluator
    // of its own.
    nonisolated(unsafe) let judging = self
    for _ in 0..<max(0, helpers) {
      let thread = Thread {
        do {
          try judging.records.reader().writeWithoutTransaction { db in
            judging.work(jobs, board, judging.makeEvaluator(db)) { _ in }
          }
        } catch {
          board.fail(error)
        }
        ended.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    work(jobs, board, evaluator) { progress(.stage($0)) }
    for _ in 0..<max(0, helpers) { ended.wait() }
    return try board.results()
  }

  private func work(
    _ jobs: [Job], _ board: JobBoard, _ evaluator: Evaluator, _ begin: (String) -> Void
  ) {
    while let index = board.claim() {
      begin(jobs[index].name)
      do {
        board.put(try done(jobs[index], evaluator), at: index)
      } catch {
        board.fail(error)
      }
    }
  }

  private func done(_ job: Job, _ evaluator: Evaluator) throws -> Result {
    let clock = ContinuousClock()
    let known = evaluator.diagnostics.count
    let began = clock.now
    let outcome: Outcome =
      switch job {
      case .control(let control, let adoption):
        .conclusion(
          try evaluator.conclude(control, adoption: adoption, showing: shelf?.observer(of: control))
        )
      case .kpi(let kpi): .kpi(try evaluator.measure(kpi))
      }
    let took = began.duration(to: clock.now)
    var upcoming: [Upcoming] = []
    if let foresee, case .conclusion(let conclusion) = outcome {
      upcoming = try foresee(conclusion, evaluator)
    }
    return Result(
      outcome: outcome, diagnostics: Array(evaluator.diagnostics.dropFirst(known)),
      upcoming: upcoming, name: job.name, seconds: took / .seconds(1))
  }
}

/// Which jobs are taken and what came of them.
private final class JobBoard: @unchecked Sendable {
  // Everything below is guarded by `lock`.
  private let lock = NSLock()
  private var next = 0
  private var done: [Judging.Result?]
  private var failure: (any Error)?

  init(count: Int) { done = Array(repeating: nil, count: count) }

  func claim() -> Int? {
    lock.withLock {
      guard failure == nil, next < done.count else { return nil }
      next += 1
      return next - 1
    }
  }

  func put(_ result: Judging.Result, at index: Int) { lock.withLock { done[index] = result } }

  func fail(_ error: any Error) { lock.withLock { failure = failure ?? error } }

  func results() throws -> [Judging.Result] {
    try lock.withLock {
      if let failure { throw failure }
      return done.compactMap(\.self)
    }
  }
}
