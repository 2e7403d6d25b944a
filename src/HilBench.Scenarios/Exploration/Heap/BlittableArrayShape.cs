using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>Arrays of values without references.</summary>
internal sealed class BlittableArrayShape<T> : HeapShape
{
    private readonly HashElement<T>? _hash = typeof(T).IsPrimitive || typeof(T).IsEnum ? null : FieldCode.MakeHash<T>();

    public override bool IsMutable => true;

    public override object Clone(object target) => ((T[])target).Clone();

    public override bool IsSame(object target, object shadow) => Bytes(target).SequenceEqual(Bytes(shadow));

    public override void Copy(object shadow, object target) => ((T[])shadow).AsSpan().CopyTo((T[])target);

    public override void Visit(object target, IHeapVisitor visitor)
    {
        // Values refer to nothing.
    }

    public override void Hash(object target, HeapHasher hasher)
    {
        if (_hash is null)
        {
            hasher.Add(Bytes(target));
            return;
        }

        foreach (ref var element in ((T[])target).AsSpan())
        {
            _hash(ref element, hasher);
        }
    }

    private static ReadOnlySpan<byte> Bytes(object array) => MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference((T[])array)), ((T[])array).Length * Unsafe.SizeOf<T>());
}
