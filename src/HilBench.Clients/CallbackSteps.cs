using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// The callbacks of one client that have not returned, by the CPU that made them: each goes on only when its own CPU
/// asks.
/// </summary>
internal sealed class CallbackSteps(NotifierValidator validator)
{
    private readonly List<(CpuContext? Caller, IEnumerator<PreemptionPoint> Steps)> _running = [];

    /// <summary>Where the callback of the last CPU that asked stands.</summary>
    public PreemptionPoint Point { get; private set; }

    /// <summary>Lets the asking CPU's callback go on to its next point; true when it has returned.</summary>
    public bool IsSettled
    {
        get
        {
            var index = _running.FindLastIndex(entry => entry.Caller == validator.Caller);
            if (index < 0)
            {
                return true;
            }

            var steps = _running[index].Steps;
            if (steps.MoveNext())
            {
                Point = steps.Current;
                return false;
            }

            steps.Dispose();
            _running.RemoveAt(index);
            return true;
        }
    }

    /// <summary>Begins the body of a callback; nothing of it runs before the CPU asks.</summary>
    public void Begin(IEnumerable<PreemptionPoint> body) => _running.Add((validator.Caller, body.GetEnumerator()));
}
