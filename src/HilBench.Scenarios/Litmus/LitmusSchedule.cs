using System.Globalization;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Who moves, in order, as text: <c>T0*9 T1 D0 T0</c>. <c>T0*9</c>: nine moves; <c>T1</c>: until it ends, or waits for a lock or a
/// condition. Where the one that moves waits for the device, the device runs; <c>device</c>: until it rests, <c>device*200</c>: so many cycles. <c>hold</c> and
/// <c>release</c> keep Translation Completions back on the wire, and let them go.
/// </summary>
internal sealed class LitmusSchedule
{
    private const string Device = "device";
    private const string Hold = "hold";
    private const string Release = "release";
    private const int MovesMax = 100_000;
    private readonly List<(string Mover, int Moves)> _parts = [];

    private LitmusSchedule(string text) => Text = text;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="InputException">A part of it is neither a thread nor a word that is known.</exception>
    public static LitmusSchedule Parse(string text, Place place)
    {
        var schedule = new LitmusSchedule(text);
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = part.Split('*');
            var moves = MovesMax;
            var isRead = words.Length == 1
                || (words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out moves) && moves > 0);
            if (!isRead || !(LitmusNames.IsThread(words[0]) || words[0] is Device or Hold or Release))
            {
                throw place.Error($"'{part}' is no part of a schedule", "Write threads as in 'T0*9 T1 D0 T0', device, hold or release.");
            }

            schedule._parts.Add((words[0], moves));
        }

        return schedule;
    }

    /// <summary>Moves the threads of a test whose initial state has ended; the device comes to rest at the end.</summary>
    /// <exception cref="InputException">It names a thread that the test has not.</exception>
    public LitmusOutcome Play(LitmusRun run)
    {
        foreach (var (mover, moves) in _parts)
        {
            switch (mover)
            {
                case Device when moves == MovesMax:
                    run.Settle();
                    break;
                case Device:
                    run.Bench.RunCycles((ulong)moves);
                    break;
                case Hold:
                    run.Bench.Wire.IsHoldingTranslations = true;
                    break;
                case Release:
                    run.Bench.Wire.Release();
                    break;
                default:
                    Move(run, run.Threads.FirstOrDefault(thread => thread.Name == mover) ?? throw new InputException(
                        $"{run.Program.Name} has no thread '{mover}'", NearestName.Suggest(mover, run.Threads.Select(thread => thread.Name))), moves);
                    break;
            }
        }

        run.Settle();
        return run.Outcome();
    }

    // A thread that waits for what the device holds back waits until the next part.
    private static void Move(LitmusRun run, LitmusThread thread, int moves)
    {
        var deadline = run.Bench.Wire.Now + run.Bench.Options.DeadlineCycles;
        while (moves > 0 && thread.State != LitmusThreadState.Ended && run.Bench.Wire.Now < deadline)
        {
            if (thread.CanMove)
            {
                thread.Move();
                moves--;
            }
            else if (thread.State == LitmusThreadState.WaitsForDevice && run.Bench.Wire.HeldCount == 0)
            {
                run.Bench.WaitForDevice();
            }
            else
            {
                return;
            }
        }
    }
}
