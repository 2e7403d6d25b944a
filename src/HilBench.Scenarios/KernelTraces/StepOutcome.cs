using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>What a step answered; every field that a trace's <c>result</c> may have, null where it has none.</summary>
internal sealed record StepOutcome
{
    /// <summary>It succeeded and answered nothing else.</summary>
    public static StepOutcome Ok { get; } = new();

    /// <summary>Name of the error; null: it succeeded.</summary>
    public string? Errno { get; init; }

    /// <summary>The signal that an access raised.</summary>
    public string? Signal { get; init; }

    /// <summary>si_code of the signal.</summary>
    public string? Code { get; init; }

    /// <summary>The byte that was read last.</summary>
    public ulong? Value { get; init; }

    /// <summary>Where mremap put the mapping, from the start of the region.</summary>
    public ulong? Addr { get; init; }

    /// <summary>The status array of move_pages.</summary>
    public IReadOnlyList<int>? Nodes { get; init; }

    /// <summary>Pages done.</summary>
    public ulong? Count { get; init; }

    /// <summary>Status of a child that was waited for.</summary>
    public ulong? WaitStatus { get; init; }

    /// <summary>The memory-failure signal that came during the call, as the recorder writes it.</summary>
    public string? Sigbus { get; init; }

    /// <summary>What an operation of the engine answered.</summary>
    public static StepOutcome Of(CpuOperation op)
    {
        if (op.Signal != Memory.Signal.None)
        {
            return new()
            {
                Signal = op.Signal == Memory.Signal.Segv ? "SIGSEGV" : "SIGBUS",
                Code = (op.Signal, op.SignalCode) switch
                {
                    (Memory.Signal.Segv, 1) => "MAPERR",
                    (Memory.Signal.Segv, 2) => "ACCERR",
                    (Memory.Signal.Bus, 2) => "ADRERR",
                    (Memory.Signal.Bus, 4) => "MCEERR_AR",
                    (Memory.Signal.Bus, 5) => "MCEERR_AO",
                    _ => $"{op.SignalCode}",
                },
            };
        }

        return op.Errno == 0 ? Ok : Failed(op.Errno);
    }

    /// <summary>The call failed with that negative error number.</summary>
    public static StepOutcome Failed(int errno) => new()
    {
        Errno = errno switch
        {
            -1 => "EPERM",
            -2 => "ENOENT",
            -3 => "ESRCH",
            -5 => "EIO",
            -11 => "EAGAIN",
            -12 => "ENOMEM",
            -13 => "EACCES",
            -14 => "EFAULT",
            -16 => "EBUSY",
            -17 => "EEXIST",
            -22 => "EINVAL",
            -28 => "ENOSPC",
            -75 => "EOVERFLOW",
            -95 => "EOPNOTSUPP",
            -133 => "EHWPOISON",
            _ => $"{errno}",
        },
    };

    /// <summary>Field by field, in the order and the words of the files.</summary>
    public IEnumerable<(string Field, string Value)> Fields()
    {
        (string, string?)[] all =
        [
            ("ok", Errno is null && Signal is null ? "True" : null), ("errno", Errno), ("signal", Signal), ("code", Code),
            ("value", Value?.ToString()), ("addr", Addr is { } addr ? $"0x{addr:x}" : null),
            ("nodes", Nodes is null ? null : $"[{string.Join(", ", Nodes)}]"), ("count", Count?.ToString()),
            ("waitStatus", WaitStatus?.ToString()), ("sigbus", Sigbus),
        ];
        return from field in all where field.Item2 is not null select (field.Item1, field.Item2);
    }
}
